import Core
import Glibc

/// Finding a program as `execvp` would, in the environment that the program gets.
package enum ProgramSearch {
  /// The absolute path of a program, or the reason why it cannot be run, with the way to get it.
  package static func find(
    _ name: String, environment: [String: String], folder: String
  ) throws(Problem) -> String {
    if name.contains("/") {
      let path = name.hasPrefix("/") ? name : folder + "/" + name
      switch kind(of: path) {
      case .executable: return path
      case .plain:
        throw Problem(
          "process.not-executable", "cannot run \(name)", place: path, why: "it is no executable file",
          remedy: "chmod +x \(name)")
      case .missing:
        throw Problem(
          "process.not-found", "cannot find the program \(name)", place: path, why: "there is no such file",
          remedy: remedy(for: name))
      }
    }
    let search = environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
    // Relative entries would let the folder that is judged choose which program judges it.
    for entry in search.split(separator: ":") where entry.hasPrefix("/") {
      let path = entry + "/" + name
      if kind(of: String(path)) == .executable { return String(path) }
    }
    throw Problem(
      "process.not-found", "cannot find the program \(name)", place: "PATH", why: "no folder of PATH has it",
      remedy: remedy(for: name))
  }

  private enum Kind { case executable, plain, missing }

  private static func kind(of path: String) -> Kind {
    var status = stat()
    guard stat(path, &status) == 0 else { return .missing }
    guard status.st_mode & S_IFMT == S_IFREG else { return .plain }
    return access(path, X_OK) == 0 ? .executable : .plain
  }

  /// Debian's and Ubuntu's package of the programs that Gatehouse itself calls.
  private static let packages = [
    "git": "git", "sh": "dash", "pg_dump": "postgresql-client", "pg_restore": "postgresql-client",
    "psql": "postgresql-client", "initdb": "postgresql", "postgres": "postgresql", "pg_ctl": "postgresql",
    "setpriv": "util-linux", "zstd": "zstd", "openssl": "openssl",
  ]

  private static func remedy(for name: String) -> String {
    let program = name.split(separator: "/").last.map(String.init) ?? name
    guard let package = packages[program] else { return "install \(program), or put its folder on PATH" }
    return "install it (Debian, Ubuntu: apt-get install \(package)), or put its folder on PATH"
  }
}
