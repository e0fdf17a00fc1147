# Intune's detection script of the Win32 app "Deskbeat": says something and ends with 0 if this version or a newer one is there.
# Not run, and read by no PowerShell.
$wanted = [version]'0.1.0'
$program = Join-Path $env:ProgramFiles 'Deskbeat\deskbeat.exe'
if (Test-Path $program) {
    $there = [version](Get-Item $program).VersionInfo.FileVersion
    if ($there -ge $wanted) { "Deskbeat $there" }
}
exit 0
