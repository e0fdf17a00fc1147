<powershell>
# Installs Deskbeat at the first boot of an instance (EC2Launch v2), as the system.
# BUCKET: yours; the instance's role must be allowed to read it.
# Not run, and read by no PowerShell; the MSI is installed under Wine in our tests.
$ErrorActionPreference = 'Stop'
$msi = Join-Path $env:TEMP 'deskbeat-0.1.0-x64.msi'
Read-S3Object -BucketName 'BUCKET' -Key 'deskbeat-0.1.0-x64.msi' -File $msi
$done = Start-Process msiexec -ArgumentList "/i `"$msi`" /qn AFTEREND=shutdown" -Wait -PassThru
Remove-Item $msi
exit $done.ExitCode
</powershell>
