import Core
internal import GRDB
import Glibc

/// The file of an embedded store: made whole or not at all, opened only when it is ours.
enum SQLiteFile {
  static let name = "store.sqlite"
  /// `GATE`, in the header of the file. https://www.sqlite.org/pragma.html#pragma_application_id
  static let applicationID = 0x4741_5445
  static let version = 1

  static let schema = """
    CREATE TABLE records (
      run TEXT NOT NULL, sequence INTEGER NOT NULL, record TEXT NOT NULL, PRIMARY KEY (run, sequence)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE leases (
      name TEXT NOT NULL PRIMARY KEY, token INTEGER NOT NULL, run TEXT NOT NULL, host TEXT NOT NULL,
      process TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE documents (
      number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL, document TEXT NOT NULL,
      UNIQUE (kind, id)
    ) STRICT;
    """

  /// Opens what is at the path after making sure that it is a store of ours.
  static func open(_ path: String) throws(StoreProblem) -> DatabaseQueue {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      if errno == ENOENT { throw .absent(place: path) }
      throw .unavailable(place: path, why: String(cString: strerror(errno)))
    }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .foreign(place: path, why: "it is not a regular file") }
    // SQLite takes an empty file for a new database. Ours are never empty: see ``create(_:)``.
    guard status.st_size > 0 else { throw .corrupt(place: path, why: "the file is empty") }
    if status.st_mode & 0o077 != 0, chmod(path, 0o600) != 0 {
      throw .unavailable(place: path, why: "others may read it, and that cannot be changed")
    }
    return try translating(path) {
      var configuration = Configuration()
      configuration.busyMode = .timeout(10)
      configuration.journalMode = .wal
      // A commit is on the disk when it returns. https://www.sqlite.org/pragma.html#pragma_synchronous
      configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = FULL") }
      try check(path)
      return try DatabaseQueue(path: path, configuration: configuration)
    }
  }

  /// Makes a store under another name and then gives it its own, so that no half-made one is ever found there.
  static func create(_ path: String) throws(StoreProblem) {
    let draft = path + ".making-\(getpid())-\(UInt64.random(in: 0 ... .max))"
    let descriptor = Glibc.open(draft, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .unavailable(place: path, why: String(cString: strerror(errno))) }
    defer {
      close(descriptor)
      unlink(draft)
    }
    try translating(path) {
      let queue = try DatabaseQueue(path: draft)
      try queue.write { database in
        try database.execute(sql: schema)
        try database.execute(sql: "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(version)")
      }
      try queue.close()
    }
    guard fsync(descriptor) == 0 else { throw .unavailable(place: path, why: String(cString: strerror(errno))) }
    // Fails when another process was first; then its store is as good as ours.
    guard link(draft, path) == 0 || errno == EEXIST else {
      throw .unavailable(place: path, why: String(cString: strerror(errno)))
    }
    try syncFolder(of: path)
  }

  /// The folder, private, with a `.gitignore` that keeps all of it out of Git.
  static func makeFolder(_ path: String) throws(StoreProblem) {
    var made = path.hasPrefix("/") ? "" : "."
    for part in path.split(separator: "/") {
      made += "/" + part
      if mkdir(made, 0o700) != 0, errno != EEXIST {
        throw .unavailable(place: path, why: "the folder cannot be made: " + String(cString: strerror(errno)))
      }
    }
    let ignore = path + "/.gitignore"
    let descriptor = Glibc.open(ignore, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      if errno == EEXIST { return }
      throw .unavailable(place: ignore, why: String(cString: strerror(errno)))
    }
    defer { close(descriptor) }
    guard write(descriptor, "*\n", 2) == 2 else {
      throw .unavailable(place: ignore, why: String(cString: strerror(errno)))
    }
  }

  /// Read-only, so that a file that is not ours is left byte for byte as it is.
  private static func check(_ path: String) throws {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(10)
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    try queue.read { database in
      let id = try Int.fetchOne(database, sql: "PRAGMA application_id")
      let found = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
      guard id == applicationID else {
        throw StoreProblem.foreign(place: path, why: "it is a SQLite database of another program")
      }
      guard found <= version else { throw StoreProblem.newer(place: path, found: found, known: version) }
      guard found == version else {
        throw StoreProblem.corrupt(place: path, why: "its version is \(found), which never was")
      }
      guard let finding = try String.fetchOne(database, sql: "PRAGMA quick_check(1)"), finding == "ok" else {
        throw StoreProblem.corrupt(place: path, why: "SQLite's quick check finds damage")
      }
    }
    try queue.close()
  }

  private static func syncFolder(of path: String) throws(StoreProblem) {
    let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    let descriptor = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unavailable(place: folder, why: String(cString: strerror(errno))) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw .unavailable(place: folder, why: String(cString: strerror(errno))) }
  }

  /// SQLite's errors in our words; its messages name tables and files, never values.
  static func translating<Value>(_ place: String, _ work: () throws -> Value) throws(StoreProblem) -> Value {
    do {
      return try work()
    } catch {
      throw translated(error, place)
    }
  }

  static func translated(_ error: any Error, _ place: String) -> StoreProblem {
    if let problem = error as? StoreProblem { return problem }
    guard let error = error as? DatabaseError else { return .unavailable(place: place, why: "SQLite was interrupted") }
    let why = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
    return switch error.resultCode {
    case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_FORMAT, .SQLITE_MISMATCH, .SQLITE_SCHEMA:
      .corrupt(place: place, why: why)
    // A table that is missing, and the like: the file was changed by somebody else.
    case .SQLITE_ERROR: .corrupt(place: place, why: why)
    default: .unavailable(place: place, why: why)
    }
  }
}
