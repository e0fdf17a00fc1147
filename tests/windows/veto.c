/* Another program: it refuses the end of the Windows session, and says on its output that it was
   asked. */
#include <stdio.h>
#include <windows.h>

static LRESULT CALLBACK hear(HWND window, UINT message, WPARAM w, LPARAM l)
{
    if (message == WM_QUERYENDSESSION) {
        puts("refused");
        fflush(stdout);
        return FALSE;
    }
    return DefWindowProcA(window, message, w, l);
}

int main(void)
{
    WNDCLASSA class = {0};
    MSG message;
    class.lpfnWndProc = hear;
    class.hInstance = GetModuleHandleA(NULL);
    class.lpszClassName = "veto";
    RegisterClassA(&class);
    CreateWindowA("veto", "veto", WS_OVERLAPPEDWINDOW, 0, 0, 200, 100, NULL, NULL, class.hInstance, NULL);
    puts("ready");
    fflush(stdout);
    while (GetMessageA(&message, NULL, 0, 0) > 0)
        DispatchMessageA(&message);
    return 0;
}
