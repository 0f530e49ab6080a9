internal import CLibPQ

extension Session {
  /// What has arrived of an answer so far.
  struct Collected {
    var columns: [String] = []
    var rows: [[String?]] = []
    var affected: Int?
    /// The first error: later ones are its consequences.
    var error: PostgresError?
    var bytes = 0
    /// The statement wants to speak the COPY protocol with us, which only dropping the connection ends surely.
    var asksForCopy = false
  }

  /// Takes one result, frees it, and keeps its rows while they fit.
  func read(_ result: OpaquePointer, into collected: inout Collected, keep: Bool, limit: Int) {
    defer { PQclear(result) }
    switch PQresultStatus(result) {
    case PGRES_TUPLES_OK, PGRES_SINGLE_TUPLE:
      let width = PQnfields(result)
      let columns = (0..<width).map { String(cString: PQfname(result, $0)) }
      if columns != collected.columns {
        collected.columns = columns
        collected.rows = []
      }
      for row in 0..<PQntuples(result) where keep && collected.bytes <= limit {
        collected.rows.append(
          (0..<width).map { column in
            guard PQgetisnull(result, row, column) == 0, let value = PQgetvalue(result, row, column) else { return nil }
            let length = Int(PQgetlength(result, row, column))
            collected.bytes += length
            return value.withMemoryRebound(to: UInt8.self, capacity: length) {
              String(decoding: UnsafeBufferPointer(start: $0, count: length), as: UTF8.self)
            }
          })
        collected.bytes += 16
      }
      noteAffected(result, &collected)
    case PGRES_COMMAND_OK: noteAffected(result, &collected)
    case PGRES_EMPTY_QUERY: break
    case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH: collected.asksForCopy = true
    default: collected.error = collected.error ?? Session.error(of: result)
    }
  }

  private func noteAffected(_ result: OpaquePointer, _ collected: inout Collected) {
    if let text = PQcmdTuples(result), let count = Int(String(cString: text)) { collected.affected = count }
  }

  private static func error(of result: OpaquePointer) -> PostgresError {
    func field(_ code: Character) -> String? {
      guard let ascii = code.asciiValue, let text = PQresultErrorField(result, Int32(ascii)) else { return nil }
      return String(cString: text)
    }
    let sqlstate = field("C")
    guard let primary = field("M") else {
      let line = PostgresError.lines(of: String(cString: PQresultErrorMessage(result))).first
      return PostgresError(.connection, String((line ?? "no reason given").prefix(300)))
    }
    return PostgresError(
      .server, sqlstate: sqlstate,
      PostgresError.withoutData(primary, sqlstate: sqlstate, raisedBy: field("R")))
  }
}

/// What libpq needs to cancel a statement from another thread.
///
/// `@unchecked Sendable` by libpq's promise: "PQcancel can safely be invoked from a signal handler … or from a thread
/// separate from the one manipulating the PGconn object" (https://www.postgresql.org/docs/15/libpq-cancel.html).
final class CancelObject: @unchecked Sendable {
  private let raw: OpaquePointer
  init(taking raw: OpaquePointer) { self.raw = raw }
  deinit { PQfreeCancel(raw) }

  /// Whether the server took the request is seen by how the statement ends, so its answer is not needed.
  func cancel() {
    var complaint = [CChar](repeating: 0, count: 256)
    _ = PQcancel(raw, &complaint, 256)
  }
}

/// C strings that live as long as the owner; the array of pointers ends with a null pointer.
final class CStrings {
  private let storage: [UnsafeMutablePointer<CChar>?]
  let pointers: UnsafeMutablePointer<UnsafePointer<CChar>?>

  convenience init(_ texts: [String]) { self.init(texts.map { Optional($0) }) }

  init(_ texts: [String?]) {
    storage = texts.map { text in
      text.map { text in
        let bytes = text.utf8CString
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
        for (index, byte) in bytes.enumerated() { copy[index] = byte }
        return copy
      }
    }
    pointers = UnsafeMutablePointer<UnsafePointer<CChar>?>.allocate(capacity: texts.count + 1)
    pointers.initialize(repeating: nil, count: texts.count + 1)
    for (index, text) in storage.enumerated() { pointers[index] = text.map { UnsafePointer($0) } }
  }

  deinit {
    for text in storage { text?.deallocate() }
    pointers.deallocate()
  }
}
