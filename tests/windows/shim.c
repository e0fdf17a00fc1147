/* For tests under Wine only, never shipped: what Wine 8 lacks. It lies beside the program as
   bcryptprimitives.dll. */
#include <string.h>
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(void *buffer, ULONG length); /* RtlGenRandom, of advapi32 */

/* bcryptprimitives.dll: Rust's standard library takes its random numbers from there. */
__declspec(dllexport) BOOL WINAPI ProcessPrng(unsigned char *buffer, SIZE_T length)
{
    return SystemFunction036(buffer, (ULONG)length);
}

/* The time since the start, on a machine that never slept. Wine has a stub only, in a library that
   it lets nobody replace. */
static void WINAPI never_slept(ULONGLONG *time)
{
    QueryUnbiasedInterruptTime(time);
}

/* Where the icon is: round the cursor, which is what tray-icon wants to know of a click. Wine has a
   stub that fails. */
static HRESULT WINAPI at_the_cursor(const void *icon, RECT *place)
{
    POINT cursor;
    (void)icon;
    if (!GetCursorPos(&cursor))
        return E_FAIL;
    SetRect(place, cursor.x - 8, cursor.y - 8, cursor.x + 8, cursor.y + 8);
    return S_OK;
}

/* SM_SHUTTINGDOWN, which Wine never sets, is what the test says it is: the file \\going-down. */
static int WINAPI metrics(int which)
{
    if (which == 0x2000 /* SM_SHUTTINGDOWN */)
        return GetFileAttributesA("C:\\going-down") != INVALID_FILE_ATTRIBUTES;
    return GetSystemMetrics(which);
}

/* Lets the program's import `name` be `function`. */
static void replace(const char *name, void *function)
{
    BYTE *base = (BYTE *)GetModuleHandleA(NULL);
    IMAGE_NT_HEADERS *headers = (IMAGE_NT_HEADERS *)(base + ((IMAGE_DOS_HEADER *)base)->e_lfanew);
    IMAGE_DATA_DIRECTORY *imports =
        &headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT];
    IMAGE_IMPORT_DESCRIPTOR *library = (IMAGE_IMPORT_DESCRIPTOR *)(base + imports->VirtualAddress);

    for (; library->Name; library++) {
        IMAGE_THUNK_DATA *names = (IMAGE_THUNK_DATA *)(base + library->OriginalFirstThunk);
        IMAGE_THUNK_DATA *places = (IMAGE_THUNK_DATA *)(base + library->FirstThunk);
        for (; names->u1.AddressOfData; names++, places++) {
            IMAGE_IMPORT_BY_NAME *import = (IMAGE_IMPORT_BY_NAME *)(base + names->u1.AddressOfData);
            DWORD before;
            if (IMAGE_SNAP_BY_ORDINAL(names->u1.Ordinal) || strcmp(import->Name, name))
                continue;
            VirtualProtect(places, sizeof(*places), PAGE_READWRITE, &before);
            places->u1.Function = (ULONGLONG)function;
            VirtualProtect(places, sizeof(*places), before, &before);
        }
    }
}

BOOL WINAPI DllMain(HINSTANCE library, DWORD reason, void *reserved)
{
    if (reason == DLL_PROCESS_ATTACH) {
        replace("QueryInterruptTime", never_slept);
        replace("Shell_NotifyIconGetRect", at_the_cursor);
        replace("GetSystemMetrics", metrics);
    }
    return TRUE;
}
