/* Another program, for what the end of a Windows session can be beside what Wine makes of it.
     other refuse     says so when it is asked whether the session may end, and refuses
     other cancel     tells Deskbeat that the session ends, and then that it does not
     other logoff     tells Deskbeat that the user logs off
     other replace    tells Deskbeat to stop, as an installer does that replaces its file
     other end FLAGS  tells Deskbeat's windows, one after the other, of an end with these flags (in hex)
     other close      asks Deskbeat's windows to close, as taskkill does
     other balloon    tells Deskbeat of a click on its balloon, as Explorer does
     other touch      tells Deskbeat of a click with the right button on its icon, as Explorer does
     other forget     takes Deskbeat's icon out of the tray, as a crash of Explorer does
     other rights F   says who may do what with the file or folder F, as Microsoft writes it (SDDL)
     other taskbar    says that the taskbar is there, as Explorer does when it has started */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
#include <aclapi.h>
#include <sddl.h>
#include <shellapi.h>

/* Source: tray-icon 0.26, WM_USER_TRAYICON. */
static const UINT icon_message = 6002;

static void say(const char *text)
{
    puts(text);
    fflush(stdout);
}

static LRESULT CALLBACK hear(HWND window, UINT message, WPARAM w, LPARAM l)
{
    if (message == WM_QUERYENDSESSION) {
        say("refused");
        return FALSE;
    }
    return DefWindowProcA(window, message, w, l);
}

static int refuse(void)
{
    WNDCLASSA class = {0};
    MSG message;
    class.lpfnWndProc = hear;
    class.hInstance = GetModuleHandleA(NULL);
    class.lpszClassName = "other";
    RegisterClassA(&class);
    CreateWindowA("other", "other", WS_OVERLAPPEDWINDOW, 0, 0, 200, 100, NULL, NULL, class.hInstance, NULL);
    say("ready");
    while (GetMessageA(&message, NULL, 0, 0) > 0)
        DispatchMessageA(&message);
    return 0;
}

static int rights(char *path)
{
    PSECURITY_DESCRIPTOR descriptor;
    char *text;
    SECURITY_INFORMATION parts = OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
    if (GetNamedSecurityInfoA(path, SE_FILE_OBJECT, parts, NULL, NULL, NULL, NULL, &descriptor))
        return 1;
    if (!ConvertSecurityDescriptorToStringSecurityDescriptorA(descriptor, SDDL_REVISION_1, parts, &text, NULL))
        return 2;
    say(text);
    return 0;
}

/* As taskkill does: every window of the program is asked. */
static BOOL CALLBACK ask_to_close(HWND window, LPARAM deskbeat)
{
    DWORD program, of_deskbeat;
    GetWindowThreadProcessId(window, &program);
    GetWindowThreadProcessId((HWND)deskbeat, &of_deskbeat);
    if (program == of_deskbeat)
        PostMessageA(window, WM_CLOSE, 0, 0);
    return TRUE;
}

static LPARAM flags;

/* As Windows does at its end: each window is asked, then each is told. */
static BOOL CALLBACK ask(HWND window, LPARAM deskbeat)
{
    DWORD program, of_deskbeat;
    GetWindowThreadProcessId(window, &program);
    GetWindowThreadProcessId((HWND)deskbeat, &of_deskbeat);
    return program != of_deskbeat || SendMessageA(window, WM_QUERYENDSESSION, 0, flags);
}

static BOOL CALLBACK tell(HWND window, LPARAM deskbeat)
{
    DWORD program, of_deskbeat;
    GetWindowThreadProcessId(window, &program);
    GetWindowThreadProcessId((HWND)deskbeat, &of_deskbeat);
    if (program == of_deskbeat)
        SendMessageA(window, WM_ENDSESSION, TRUE, flags);
    return TRUE;
}

int main(int count, char **words)
{
    const char *verb = count > 1 ? words[1] : "";
    HWND deskbeat = FindWindowA("Deskbeat", NULL);
    HWND tray = FindWindowA("tray_icon_app", NULL);

    if (!strcmp(verb, "refuse"))
        return refuse();
    if (!strcmp(verb, "rights") && count > 2)
        return rights(words[2]);
    if (!deskbeat || !tray)
        return 3;
    if (!strcmp(verb, "close"))
        return !EnumWindows(ask_to_close, (LPARAM)deskbeat);
    if (!strcmp(verb, "balloon"))
        return !PostMessageA(tray, icon_message, 1, NIN_BALLOONUSERCLICK);
    if (!strcmp(verb, "touch"))
        return !PostMessageA(tray, icon_message, 1, WM_RBUTTONUP);
    if (!strcmp(verb, "forget")) {
        NOTIFYICONDATAA icon = {.cbSize = sizeof(icon), .hWnd = tray, .uID = 1};
        return !Shell_NotifyIconA(NIM_DELETE, &icon);
    }
    if (!strcmp(verb, "taskbar"))
        return !SendNotifyMessageA(HWND_BROADCAST, RegisterWindowMessageA("TaskbarCreated"), 0, 0);
    if (!strcmp(verb, "end") && count > 2) {
        flags = (LPARAM)strtoul(words[2], NULL, 16);
        return !EnumWindows(ask, (LPARAM)deskbeat) || !EnumWindows(tell, (LPARAM)deskbeat);
    }
    LPARAM kind = !strcmp(verb, "logoff") ? (LPARAM)ENDSESSION_LOGOFF
                  : !strcmp(verb, "replace") ? ENDSESSION_CLOSEAPP : 0;
    if (!SendMessageA(deskbeat, WM_QUERYENDSESSION, 0, kind))
        return 2;
    SendMessageA(deskbeat, WM_ENDSESSION, strcmp(verb, "cancel") != 0, kind);
    return 0;
}
