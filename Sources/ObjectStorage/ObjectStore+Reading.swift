import Core
import HTTP

extension ObjectStore {
  /// How much is asked for at once, and how many such pieces are under way: at most 32 MiB are held.
  private static let pieceLength = 4 << 20
  private static let piecesAtOnce = 4

  private struct Piece: Sendable {
    var start: Int64
    var bytes: [UInt8]
    /// Of the whole object.
    var total: Int64
    var tag: String
  }

  /// Hands over an object's bytes in order, and fails when there are fewer than the service says, or others than those it
  /// began with.
  ///
  /// It is read in pieces, each of which is asked for again when its connection breaks: nothing is read from the start.
  package func read(
    _ name: String, _ body: (UnsafeRawBufferPointer) async throws(Problem) -> Void
  ) async throws(Problem) {
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.pieceLength, alignment: 16)
    defer { room.deallocate() }
    func give(_ piece: Piece) async throws(Problem) {
      guard !piece.bytes.isEmpty else { return }
      room.copyBytes(from: piece.bytes)
      try await body(UnsafeRawBufferPointer(rebasing: room[..<piece.bytes.count]))
    }
    let first = try await telling { () async throws(StorageFailure) in try await firstPiece(name) }
    try await give(first)
    let starts = Array(stride(from: Int64(first.bytes.count), to: first.total, by: Self.pieceLength))
    guard !starts.isEmpty else { return }
    let problem = await withTaskGroup(of: Result<Piece, StorageFailure>.self) { group -> Problem? in
      var asked = 0
      var ready: [Int64: Piece] = [:]
      func ask() {
        guard asked < starts.count else { return }
        let start = starts[asked]
        asked += 1
        group.addTask {
          do throws(StorageFailure) {
            return .success(try await piece(name, from: start, of: first.total, tag: first.tag))
          } catch {
            return .failure(error)
          }
        }
      }
      for _ in 0..<Self.piecesAtOnce { ask() }
      for start in starts {
        while ready[start] == nil {
          switch await group.next() {
          case .success(let piece)?: ready[piece.start] = piece
          case .failure(let failure)?:
            group.cancelAll()
            return failure.problem
          case nil: return Problem("storage.truncated", "the object could not be read", place: address.shown(name))
          }
        }
        guard let piece = ready.removeValue(forKey: start) else { continue }
        do throws(Problem) { try await give(piece) } catch {
          group.cancelAll()
          return error
        }
        ask()
      }
      return nil
    }
    if let problem { throw problem }
  }

  private func reading(_ name: String) -> StorageCall {
    var call = StorageCall("GET", name, what: "the object could not be read", permission: "s3:GetObject")
    call.maximumBody = Self.pieceLength
    return call
  }

  private func firstPiece(_ name: String) async throws(StorageFailure) -> Piece {
    var call = reading(name)
    call.headers = [("Range", "bytes=0-\(Self.pieceLength - 1)")]
    let asked = call
    do throws(StorageFailure) {
      return try await send(call) { (answer) throws(StorageFailure) in try held(answer, asked, from: 0, of: nil) }
    } catch {
      // No range lies in an object without bytes.
      guard error.kind == .range, let found = try await stored(name), found.bytes == 0 else { throw error }
      return Piece(start: 0, bytes: [], total: 0, tag: found.tag)
    }
  }

  private func piece(
    _ name: String, from start: Int64, of total: Int64, tag: String
  ) async throws(StorageFailure) -> Piece {
    var call = reading(name)
    let end = min(start + Int64(Self.pieceLength), total) - 1
    call.headers = [("Range", "bytes=\(start)-\(end)"), ("If-Match", tag)]
    let asked = call
    let piece = try await send(call) { (answer) throws(StorageFailure) in
      try held(answer, asked, from: start, of: total)
    }
    guard piece.tag == tag else {
      throw StorageFailure(
        kind: .condition,
        problem: Problem(
          "storage.changed", call.what, place: address.shown(name), why: "it was replaced while it was read",
          remedy: "run again; find out who writes there"))
    }
    return piece
  }

  /// Holds an answer against what was asked for: from where, how much, and of how much.
  private func held(
    _ answer: StorageAnswer, _ call: StorageCall, from start: Int64, of total: Int64?
  ) throws(StorageFailure) -> Piece {
    let bytes = answer.response.body
    guard let tag = answer.tag else { throw .garbled(call, address, "the answer tells no ETag") }
    if answer.response.status == 200, start == 0, total == nil {
      // The whole of it, and no longer than one piece.
      guard answer.header("content-length").flatMap(Self.digits) == Int64(bytes.count) else {
        throw .garbled(call, address, "the answer does not tell its length")
      }
      return Piece(start: 0, bytes: bytes, total: Int64(bytes.count), tag: tag)
    }
    guard answer.response.status == 206, let range = answer.header("content-range").flatMap(ContentRange.init(_:))
    else {
      throw .garbled(call, address, "the service does not answer with the part that was asked for")
    }
    let wanted = min(start + Int64(Self.pieceLength), range.total) - start
    guard range.first == start, total == nil || range.total == total, Int64(bytes.count) == wanted,
      range.last == start + wanted - 1
    else {
      throw .garbled(
        call, address, "bytes \(range.first) to \(range.last) of \(range.total) came, \(bytes.count) in number")
    }
    return Piece(start: start, bytes: bytes, total: range.total, tag: tag)
  }
}

/// `bytes 0-99/1234`
private struct ContentRange {
  var first: Int64
  var last: Int64
  var total: Int64

  init?(_ text: String) {
    let parts = text.split(separator: " ")
    guard parts.count == 2, parts[0].lowercased() == "bytes" else { return nil }
    let sides = parts[1].split(separator: "/", omittingEmptySubsequences: false)
    let ends = sides.first?.split(separator: "-", omittingEmptySubsequences: false) ?? []
    guard sides.count == 2, ends.count == 2, let first = ObjectStore.digits(ends[0]),
      let last = ObjectStore.digits(ends[1]), let total = ObjectStore.digits(sides[1]), first <= last, last < total
    else { return nil }
    self.first = first
    self.last = last
    self.total = total
  }
}
