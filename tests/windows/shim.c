/* For tests under Wine only, never shipped: Wine 8 lacks bcryptprimitives.dll, from which Rust's
   standard library takes its random numbers. */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(void *buffer, ULONG length); /* RtlGenRandom, of advapi32 */

__declspec(dllexport) BOOL WINAPI ProcessPrng(unsigned char *buffer, SIZE_T length)
{
    return SystemFunction036(buffer, (ULONG)length);
}
