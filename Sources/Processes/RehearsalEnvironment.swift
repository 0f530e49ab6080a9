import Core

/// The environment that a team's command gets in a rehearsal: what programs need to run at all, and nothing that may lead to
/// what is real.
///
/// A list of what may stay, for nobody knows every name that an address or a key goes by.
package enum RehearsalEnvironment {
  /// Names more variables that stay, parted by blanks or commas.
  package static let keep = "GATEHOUSE_REHEARSAL_KEEP"
  /// Set for every command of a rehearsal, so that one that works on more than the database can let that be.
  package static let mark = "GATEHOUSE_REHEARSAL"

  /// For a command that fails for want of something.
  package static let remedy =
    "if it lacks a variable here, name that one in \(keep); if it lacks the network, set \(NetworkIsolation.asked)"

  /// Neither secrets, nor addresses of databases, nor libpq's own variables stay, whoever names them.
  package static func forCommand(
    _ full: [String: String], removing secrets: some Sequence<SecretReference>
  ) -> [String: String] {
    let named = Set((full[keep] ?? "").split { " ,\t\n".contains($0) }.map(String.init))
    var kept = CleanEnvironment.forCommand(full, removing: secrets).filter { name, value in
      (names.contains(name) || name.hasPrefix("LC_") || named.contains(name)) && !name.hasPrefix("PG")
        && !isAddress(value)
    }
    // Its own files hold passwords and addresses by default: ~/.pgpass, ~/.pg_service.conf, pg_service.conf.
    for name in ["PGPASSFILE", "PGSERVICEFILE", "PGSYSCONFDIR"] { kept[name] = "/nonexistent" }
    kept[mark] = "1"
    return kept
  }

  /// The variables that hold the address of a database: in a rehearsal they get that of the copy, since a tool may need them all.
  package static func addresses(in full: [String: String]) -> [String] {
    full.filter { isAddress($0.value) && !$0.key.hasPrefix("PG") }.keys.sorted()
  }

  private static let schemes = ["postgres://", "postgresql://", "jdbc:", "prisma://", "prisma+postgres://"]

  private static func isAddress(_ value: String) -> Bool {
    let value = value.lowercased()
    return schemes.contains { value.contains($0) }
  }

  private static let names: Set<String> = [
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "PWD", "TMPDIR", "TMP", "TEMP", "LANG", "LANGUAGE", "TZ", "TERM",
    "COLUMNS", "NO_COLOR", "FORCE_COLOR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "LD_LIBRARY_PATH",
    // Where languages and their tools lie.
    "NODE_ENV", "NODE_PATH", "NODE_OPTIONS", "NODE_EXTRA_CA_CERTS", "NVM_DIR", "NVM_BIN", "VOLTA_HOME", "PNPM_HOME",
    "COREPACK_HOME", "BUN_INSTALL", "DENO_DIR", "PYTHONPATH", "PYTHONHOME", "PYTHONUNBUFFERED", "VIRTUAL_ENV",
    "CONDA_PREFIX", "PYENV_ROOT", "RBENV_ROOT", "GEM_HOME", "GEM_PATH", "BUNDLE_PATH", "BUNDLE_GEMFILE", "RUBYLIB",
    "RUBYOPT", "RAILS_ENV", "RACK_ENV", "GOPATH", "GOROOT", "GOCACHE", "GOMODCACHE", "GOFLAGS", "GOTOOLCHAIN",
    "JAVA_HOME", "CARGO_HOME", "RUSTUP_HOME", "ASDF_DIR", "ASDF_DATA_DIR", "MISE_DATA_DIR", "NIX_PATH", "NIX_PROFILES",
    // Which commit, and that it is a pipeline.
    "CI", "GITHUB_ACTIONS", "GITHUB_SHA", "GITHUB_REF", "GITHUB_REF_NAME", "GITHUB_REPOSITORY", "GITHUB_RUN_ID",
    "GITHUB_WORKSPACE", "RUNNER_TEMP", "RUNNER_OS", "GITLAB_CI", "CI_COMMIT_SHA", "CI_COMMIT_REF_NAME",
    "CI_PROJECT_DIR",
  ]
}
