# A Windows Server image with Deskbeat: packer init . && packer build -var msi=deskbeat-0.1.0-x64.msi windows.pkr.hcl
# Checked: read as HCL; the MSI is installed under Wine in our tests. Not run: packer itself, PowerShell, AWS.
packer {
  required_plugins {
    amazon = {
      source  = "github.com/hashicorp/amazon"
      version = ">= 1.3.0"
    }
  }
}

variable "msi" {
  type        = string
  description = "The MSI on this computer."
}

source "amazon-ebs" "desktop" {
  ami_name       = "desktop-windows-${formatdate("YYYY-MM-DD-hhmm", timestamp())}"
  instance_type  = "t3.large"
  communicator   = "winrm"
  winrm_username = "Administrator"
  winrm_use_ssl  = true
  winrm_insecure = true
  # Its own last step turns the machine off.
  disable_stop_instance = true

  source_ami_filter {
    owners      = ["amazon"]
    most_recent = true
    filters = {
      name = "Windows_Server-2022-English-Full-Base-*"
    }
  }

  # Packer comes in over an encrypted WinRM with a certificate of the machine's own.
  user_data = <<-END
    <powershell>
    $certificate = New-SelfSignedCertificate -CertStoreLocation Cert:\LocalMachine\My -DnsName packer
    winrm quickconfig -quiet
    New-Item -Path WSMan:\localhost\Listener -Transport HTTPS -Address * -CertificateThumbPrint $certificate.Thumbprint -Force
    New-NetFirewallRule -DisplayName WinRM-HTTPS -Direction Inbound -LocalPort 5986 -Protocol TCP -Action Allow
    </powershell>
  END
}

build {
  sources = ["source.amazon-ebs.desktop"]

  provisioner "file" {
    source      = var.msi
    destination = "C:/Windows/Temp/deskbeat.msi"
  }

  # No QUEUEURL: all copies would share that queue. A way back from the first line that fails.
  provisioner "powershell" {
    inline = [
      "$ErrorActionPreference = 'Stop'",
      "$done = Start-Process msiexec -ArgumentList '/i C:\\Windows\\Temp\\deskbeat.msi /qn AFTEREND=shutdown' -Wait -PassThru",
      "if ($done.ExitCode -notin 0, 3010) { exit $done.ExitCode }",
      "Remove-Item C:\\Windows\\Temp\\deskbeat.msi",
      "& 'C:\\Program Files\\Deskbeat\\deskbeat.exe' doctor --image",
      "exit $LASTEXITCODE",
    ]
  }

  # EC2Launch v2: the copies get names, passwords and user data of their own.
  provisioner "powershell" {
    inline = [
      "& 'C:\\Program Files\\Amazon\\EC2Launch\\EC2Launch.exe' reset --block",
      "& 'C:\\Program Files\\Amazon\\EC2Launch\\EC2Launch.exe' sysprep --shutdown --block",
    ]
  }
}
