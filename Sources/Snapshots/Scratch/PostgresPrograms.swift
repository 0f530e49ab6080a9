import Core
import FoundationEssentials
import Glibc

/// The folder with one version's programs: `initdb`, `pg_dump`, `pg_restore` and the rest.
///
/// Debian's `/usr/bin/pg_dump` is a wrapper that picks a version by rules of its own, so the versioned folders come first.
package struct PostgresPrograms: Hashable, Sendable {
  package let folder: String
  /// The major version by the folder's name; `nil` when it was found in `PATH` only.
  package let major: Int?

  package init(folder: String, major: Int?) {
    self.folder = folder
    self.major = major
  }

  package func path(_ program: String) -> String { folder + "/" + program }

  /// All versions that have the program, newest first, then what `PATH` has.
  package static func installed(with program: String) -> [PostgresPrograms] {
    var found: [PostgresPrograms] = []
    for (root, prefix) in [("/usr/lib/postgresql", ""), ("/usr", "pgsql-")] {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []  // absent is an answer: none there
      for name in names where name.hasPrefix(prefix) {
        guard let major = Int(name.dropFirst(prefix.utf8.count)) else { continue }
        found.append(PostgresPrograms(folder: "\(root)/\(name)/bin", major: major))
      }
    }
    found.sort { ($0.major ?? 0) > ($1.major ?? 0) }
    let path = getenv("PATH").map { String(cString: $0) } ?? ""
    found += path.split(separator: ":").map { PostgresPrograms(folder: String($0), major: nil) }
    return found.filter { access($0.path(program), X_OK) == 0 }
  }

  /// The programs of exactly that version, or the newest when none is asked for.
  package static func find(_ program: String, major: Int? = nil) throws(Problem) -> PostgresPrograms {
    let all = installed(with: program)
    if let best = all.first(where: { major == nil || $0.major == major }) { return best }
    if let major, let loose = all.first(where: { $0.major == nil }), all.allSatisfy({ $0.major == nil }) {
      // Its version is asked of the program itself by whoever uses it.
      _ = major
      return loose
    }
    let versions = all.compactMap(\.major).map(String.init).joined(separator: ", ")
    throw Problem(
      "snapshot.no-postgres-programs",
      "\(program) of PostgreSQL\(major.map { " \($0)" } ?? "") is not on this machine",
      why: versions.isEmpty ? "no version is installed" : "only version \(versions) is installed",
      remedy: "install it (Debian, Ubuntu: apt-get install postgresql\(major.map { "-\($0)" } ?? "")), "
        + "or name a server with `scratch: { url: … }`")
  }
}
