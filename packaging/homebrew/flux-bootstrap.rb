# Filled in by scripts/package-managers.sh.
class FluxBootstrap < Formula
  desc "Puts a Kubernetes cluster under GitOps from a Git repository, Azure DevOps first"
  homepage "https://github.com/flux-bootstrap/flux"
  version "@VERSION@"
  license "Apache-2.0"

  on_macos do
    on_arm do
      url "https://github.com/flux-bootstrap/flux/releases/download/v@VERSION@/flux-v@VERSION@-aarch64-apple-darwin.tar.gz"
      sha256 "@SHA256:aarch64-apple-darwin@"
    end
    on_intel do
      url "https://github.com/flux-bootstrap/flux/releases/download/v@VERSION@/flux-v@VERSION@-x86_64-apple-darwin.tar.gz"
      sha256 "@SHA256:x86_64-apple-darwin@"
    end
  end

  on_linux do
    on_arm do
      url "https://github.com/flux-bootstrap/flux/releases/download/v@VERSION@/flux-v@VERSION@-aarch64-unknown-linux-musl.tar.gz"
      sha256 "@SHA256:aarch64-unknown-linux-musl@"
    end
    on_intel do
      url "https://github.com/flux-bootstrap/flux/releases/download/v@VERSION@/flux-v@VERSION@-x86_64-unknown-linux-musl.tar.gz"
      sha256 "@SHA256:x86_64-unknown-linux-musl@"
    end
  end

  conflicts_with "flux", because: "both install a binary called `flux`"

  def install
    bin.install "flux"
    man1.install Dir["man/*.1"]
    bash_completion.install "completion.bash" => "flux"
    zsh_completion.install "completion.zsh" => "_flux"
    fish_completion.install "completion.fish" => "flux.fish"
  end

  test do
    assert_match "flux @VERSION@", shell_output("#{bin}/flux version --client")
  end
end
