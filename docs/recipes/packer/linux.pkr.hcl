# An Ubuntu image with Deskbeat: packer init . && packer build -var package=deskbeat_0.1.0-1_amd64.deb linux.pkr.hcl
# Checked: read as HCL; the package's installation and doctor --image run in our tests. Not run: packer itself, AWS.
packer {
  required_plugins {
    amazon = {
      source  = "github.com/hashicorp/amazon"
      version = ">= 1.3.0"
    }
  }
}

variable "package" {
  type        = string
  description = "The .deb on this computer."
}

variable "settings" {
  type        = string
  default     = "../settings/dcv.toml"
  description = "What becomes /etc/deskbeat/config.toml: nothing of a single machine, such as queue_url."
}

source "amazon-ebs" "desktop" {
  ami_name      = "desktop-${formatdate("YYYY-MM-DD-hhmm", timestamp())}"
  instance_type = "t3.large"
  ssh_username  = "ubuntu"

  source_ami_filter {
    owners      = ["099720109477"] # Canonical
    most_recent = true
    filters = {
      name                = "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*"
      virtualization-type = "hvm"
    }
  }

  # Copies ask for tokens, and show their tags: the queue's URL may stand in one.
  imds_support = "v2.0"
}

build {
  sources = ["source.amazon-ebs.desktop"]

  provisioner "file" {
    source      = var.package
    destination = "/tmp/deskbeat.deb"
  }

  provisioner "file" {
    source      = var.settings
    destination = "/tmp/config.toml"
  }

  # A wrong setting, or something of the builder's that copies would share, ends the build.
  provisioner "shell" {
    inline = [
      "set -e",
      "cloud-init status --wait",
      "sudo apt-get update",
      "sudo DEBIAN_FRONTEND=noninteractive apt-get install -y /tmp/deskbeat.deb",
      "deskbeat config check /tmp/config.toml",
      "sudo install -m 644 -o root -g root /tmp/config.toml /etc/deskbeat/config.toml",
      "sudo deskbeat doctor --image",
      "rm /tmp/deskbeat.deb /tmp/config.toml",
    ]
  }
}
