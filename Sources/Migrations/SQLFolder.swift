import Core

/// Pairs of `NNN_name.up.sql` and `NNN_name.down.sql`, in the order of their numbers.
struct SQLFolder: Sendable {
  struct Entry: Sendable {
    let id: MigrationID
    let up: MigrationFile
    /// The path; read when it is needed.
    let down: String?
  }

  let entries: [Entry]

  /// Every `.sql` file must be one of a pair's; other files are not looked at. Two files of one number, a name without
  /// a number and a way back without its way there are problems.
  init(_ folder: String) throws(Problem) {
    var ups: [(name: String, number: String)] = []
    var downs: Set<String> = []
    for file in try MigrationFile.names(in: folder) where file.hasSuffix(".sql") {
      let isUp = file.hasSuffix(".up.sql")
      guard isUp || file.hasSuffix(".down.sql") else {
        throw SQLFolder.nameProblem(folder + "/" + file, "its name ends neither in .up.sql nor in .down.sql")
      }
      let name = String(file.dropLast(isUp ? 7 : 9))
      let digits = name.prefix { $0.isASCII && $0.isNumber }
      guard !digits.isEmpty, digits.count == name.count || name.dropFirst(digits.count).first == "_" else {
        throw SQLFolder.nameProblem(folder + "/" + file, "its name does not begin with a number and `_`")
      }
      if isUp {
        let number = String(digits.drop { $0 == "0" })
        if let other = ups.first(where: { $0.number == number }) {
          throw SQLFolder.nameProblem(folder + "/" + file, "\(other.name) has the same number")
        }
        ups.append((name, number))
      } else {
        downs.insert(name)
      }
    }
    if let stray = downs.subtracting(ups.map(\.name)).sorted().first {
      throw SQLFolder.nameProblem("\(folder)/\(stray).down.sql", "there is no \(stray).up.sql")
    }
    ups.sort { ($0.number.utf8.count, $0.number) < ($1.number.utf8.count, $1.number) }
    var entries: [Entry] = []
    for (name, _) in ups {
      entries.append(
        Entry(
          id: MigrationID(name), up: try MigrationFile(path: "\(folder)/\(name).up.sql"),
          down: downs.contains(name) ? "\(folder)/\(name).down.sql" : nil))
    }
    self.entries = entries
  }

  subscript(_ id: MigrationID) -> Entry? { entries.first { $0.id == id } }

  private static func nameProblem(_ place: String, _ why: String) -> Problem {
    Problem(
      "migration.file-name", "a file of SQL is no migration", place: place, why: why,
      remedy: "name the files 001_what.up.sql and 001_what.down.sql, or move the file elsewhere")
  }
}

/// The way back as it is written, or why there is none.
func wayBack(_ path: String?) throws(Problem) -> Result<SQLScript, WayBackMissing> {
  guard let path else { return .failure(WayBackMissing(why: "no way back is written")) }
  let script = try SQLScript(try MigrationFile(path: path).text(), path: path)
  return script.isEmpty
    ? .failure(
      WayBackMissing(
        why: "the file of the way back holds no statement; if there is nothing to undo, let it say SELECT 1"))
    : .success(script)
}

struct WayBackMissing: Error, Hashable { var why: String }
