"""What package managers read, made by installer/repository: apt takes the package from a signed repository
and refuses a changed one; winget's manifests name the very MSI."""

import hashlib
import os
import pathlib
import shutil
import subprocess

from waiting import check

MAKE = pathlib.Path(__file__).resolve().parents[2] / "installer/repository"


def run(*command, fails=False, **options):
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
    )
    check((done.returncode != 0) == fails, f"{command[0]} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


class Apt:
    """apt with folders of its own and one source."""

    def __init__(self, folder, repository, key):
        for name in ("lists/partial", "archives/partial", "etc", "status"):
            (folder / name).mkdir(parents=True)
        self.folder = folder
        (folder / "dpkg").touch()
        (folder / "sources.list").write_text(f"deb [signed-by={key}] file:{repository} stable main\n")
        options = {
            "Dir::Etc": folder / "etc", "Dir::Etc::sourcelist": folder / "sources.list", "Dir::Etc::sourceparts": "-",
            "Dir::State": folder, "Dir::State::lists": folder / "lists", "Dir::State::status": folder / "dpkg",
            "Dir::Cache": folder, "Dir::Cache::archives": folder / "archives", "APT::Sandbox::User": "root",
        }
        self.options = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]

    def get(self, *words, fails=False):
        return run("apt-get", "-q", *self.options, *words, cwd=self.folder, fails=fails)


def apt(deb, folder):
    """Takes the package from a signed repository; not from one whose list was changed afterwards."""
    home = folder / "gpg"
    home.mkdir(mode=0o700, parents=True)
    env = {**os.environ, "GNUPGHOME": str(home), "DESKBEAT_KEY": "test@example.com"}
    run("gpg", "--batch", "--passphrase", "", "--quick-generate-key", "test@example.com", "ed25519", "sign", "1d", env=env)
    key = folder / "key.gpg"
    key.write_bytes(subprocess.run(["gpg", "--export"], env=env, check=True, stdout=subprocess.PIPE).stdout)
    repository = folder / "repository"
    run(MAKE, "apt", repository, deb, env=env)
    good = Apt(folder / "good", repository, key)
    good.get("update")
    good.get("download", "deskbeat")
    (taken,) = (folder / "good").glob("deskbeat_*.deb")
    check(taken.read_bytes() == deb.read_bytes(), "apt has brought another package")
    for packages in repository.glob("dists/stable/main/*/Packages*"):
        packages.write_bytes(packages.read_bytes() + b"\n")
    changed = Apt(folder / "changed", repository, key)
    changed.get("update", fails=True)
    run("gpgconf", "--kill", "gpg-agent", env=env)
    shutil.rmtree(home, ignore_errors=True)


def winget(msi, folder):
    """Three manifests that name the MSI by its hash, version and product code; no plain http."""
    told = run(MAKE, "winget", folder, msi, f"https://downloads.example.com/{msi.name}")
    place = pathlib.Path(told.strip())
    texts = {path.name: path.read_text() for path in place.iterdir()}
    check(len(texts) == 3, f"not three manifests: {sorted(texts)}")
    installer = texts["Deskbeat.Deskbeat.installer.yaml"]
    check(hashlib.sha256(msi.read_bytes()).hexdigest().upper() in installer, "another hash")
    properties = dict(
        line.split("\t", 1) for line in run("msiinfo", "export", str(msi), "Property").splitlines() if "\t" in line
    )
    check(properties["ProductCode"] in installer, "another product code")
    check(all(f"PackageVersion: {properties['ProductVersion']}\n" in text for text in texts.values()), "another version")
    run(MAKE, "winget", folder, msi, f"http://downloads.example.com/{msi.name}", fails=True)
