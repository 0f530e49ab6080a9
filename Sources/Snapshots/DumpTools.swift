import Core
import FoundationEssentials
import Postgres
import Processes

/// `pg_dump`, `pg_restore` and `psql` of one version, run with the address in their environment only.
struct DumpTools: Sendable {
  let programs: PostgresPrograms
  /// As the program says: `15.20`.
  let version: String
  let processes: any ProcessRunner

  var major: Int { DumpTools.major(version) ?? 0 }

  /// Picks the tools for a server: its own major version, or else the oldest newer one.
  ///
  /// An older `pg_dump` does not know the server's catalogs. A newer one works, but what it writes may not go back into the
  /// older server, which the verification finds out.
  static func choose(
    among candidates: [PostgresPrograms], serverMajor: Int, processes: any ProcessRunner
  ) async throws(Problem) -> DumpTools {
    var found: [DumpTools] = []
    for programs in candidates {
      let version = try await version(of: "pg_dump", programs, processes)
      found.append(DumpTools(programs: programs, version: version, processes: processes))
      if major(version) == serverMajor { break }
    }
    if let same = found.first(where: { $0.major == serverMajor }) { return same }
    if let newer = found.filter({ $0.major > serverMajor }).min(by: { $0.major < $1.major }) { return newer }
    let remedy = "install it (Debian, Ubuntu: apt-get install postgresql-client-\(serverMajor))"
    guard let newest = found.max(by: { $0.major < $1.major }) else {
      throw Problem(
        "snapshot.no-postgres-programs", "pg_dump is not on this machine",
        why: "the server is PostgreSQL \(serverMajor)",
        remedy: remedy)
    }
    throw Problem(
      "snapshot.client-too-old", "pg_dump is older than the server", place: newest.programs.path("pg_dump"),
      why: "it is version \(newest.version), the server is PostgreSQL \(serverMajor)", remedy: remedy)
  }

  /// `pg_dump (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)` says 15.20.
  private static func version(
    of program: String, _ programs: PostgresPrograms, _ processes: any ProcessRunner
  ) async throws(Problem) -> String {
    let path = programs.path(program)
    let finished = try await processes.run(
      Command([path, "--version"], environment: plainEnvironment, folder: "/", timeout: .seconds(30)))
    let words = String(decoding: finished.output.prefix(200), as: UTF8.self).split(separator: " ")
    guard finished.succeeded, let mark = words.firstIndex(of: "(PostgreSQL)"), mark + 1 < words.endIndex else {
      throw Problem("snapshot.no-postgres-programs", "\(program) does not tell its version", place: path)
    }
    return String(words[mark + 1].prefix { $0 != "\n" })
  }

  static func major(_ version: String) -> Int? { Int(version.prefix { $0.isNumber }) }

  private static let plainEnvironment = ["PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C"]

  func environment(_ address: ConnectionAddress) -> [String: String] {
    // No file of the user's home may add a password, a service or a start-up script.
    address.childEnvironment().merging(
      DumpTools.plainEnvironment.merging(["PSQLRC": "/dev/null", "HOME": "/nonexistent"]) { $1 }
    ) { $1 }
  }

  func command(
    _ program: String, _ arguments: [String], _ address: ConnectionAddress, timeout: Duration
  ) -> Command {
    Command([programs.path(program)] + arguments, environment: environment(address), folder: "/", timeout: timeout)
  }

  /// The tool's own first complaint: its line `pg_dump: error: …`, never what follows it, which may quote rows.
  static func complaint(_ finished: Finished) -> String {
    // By bytes, for Swift takes a carriage return and a line end for one character that is no line end.
    let lines = finished.errorOutput.prefix(1 << 16).split { $0 == 0x0a || $0 == 0x0d }
      .map { String(decoding: $0, as: UTF8.self) }
    let words = lines.lazy.compactMap { line -> Substring? in
      for mark in ["error: ", "ERROR:  ", "FATAL:  "] {
        if let range = line.firstRange(of: mark) { return line[range.upperBound...] }
      }
      return nil
    }.first
    guard let words else { return finished.ending.description }
    // What the server quoted as a value looks like what it quoted as a name, so quotes are emptied, apart from names.
    return "\(finished.ending): " + withoutQuotes(String(words.prefix(300)))
  }

  /// Empties quoted parts other than those that name an object: `relation "x"` stays, `integer: "x"` does not.
  private static func withoutQuotes(_ text: String) -> String {
    let naming: Set<String> = [
      "relation", "table", "role", "database", "schema", "function", "type", "constraint", "index", "column",
      "extension",
      "sequence", "policy", "trigger", "view", "server", "collation", "language", "parameter", "file", "snapshot",
      "user",
      "host", "at",
    ]
    var out = ""
    var parts = text.unicodeScalars.split(separator: "\"", omittingEmptySubsequences: false).map { String($0) }[...]
    while let plain = parts.popFirst() {
      out += plain
      guard let quoted = parts.popFirst() else { break }
      let word = plain.split(separator: " ").last.map(String.init) ?? ""
      out += naming.contains(word) ? "\"\(quoted)\"" : "‹…›"
    }
    return out
  }

  /// The numbers of the tables whose rows an archive holds, from its table of contents.
  ///
  /// A line of it is `3462; 0 16397 TABLE DATA public t owner`: the third number is the table's own. The list says nothing
  /// about the bytes behind it: a cut or altered archive lists as well as a whole one.
  ///
  /// - Parameter archive: Is written to while this waits, until `pg_restore` has read enough.
  func tablesWithData(in archive: ProgramFeed, timeout: Duration) async throws(Problem) -> Set<Int64> {
    var command = Command(
      [programs.path("pg_restore"), "--list"], environment: DumpTools.plainEnvironment, folder: "/",
      timeout: timeout)
    command.feed = archive
    command.captureLimit = 256 << 20
    let finished = try await processes.run(command)
    guard finished.succeeded, !finished.outputWasCut else {
      throw Problem(
        "snapshot.unreadable", "the archive's table of contents cannot be read", why: DumpTools.complaint(finished))
    }
    var found: Set<Int64> = []
    for line in finished.output.split(separator: 0x0a) {
      let words = String(decoding: line.prefix(200), as: UTF8.self).split(separator: " ")
      if words.count > 5, words[3] == "TABLE", words[4] == "DATA", let oid = Int64(words[2]) { found.insert(oid) }
    }
    return found
  }
}
