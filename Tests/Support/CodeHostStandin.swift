import Core
import FoundationEssentials
import JSONText

/// A stand-in of GitHub or GitLab on this machine: what it answers is said by the test, over real HTTP.
///
/// All of a process's are worlds of one server, told apart by the first part of the path.
package struct CodeHostStandin: Sendable {
  package struct Answer: Sendable {
    package var status = 200
    package var headers: [String: String] = [:]
    package var json: JSON?
    package var text: String?
    package var size: Int?

    package init(
      status: Int = 200, headers: [String: String] = [:], json: JSON? = nil, text: String? = nil, size: Int? = nil
    ) {
      self.status = status
      self.headers = headers
      self.json = json
      self.text = text
      self.size = size
    }

    package static func json(_ json: JSON, headers: [String: String] = [:]) -> Answer {
      Answer(headers: headers, json: json)
    }
    package static func status(_ status: Int, headers: [String: String] = [:]) -> Answer {
      Answer(status: status, headers: headers, json: ["message": "no"])
    }
    package static func text(_ text: String) -> Answer { Answer(text: text) }
    package static func blanks(_ size: Int) -> Answer { Answer(size: size) }

    fileprivate var entry: JSON {
      .dictionary([
        ("status", .integer(Int64(status))), ("headers", .object(headers.map { .init($0, .string($1)) })),
        ("json", json),
        ("text", text.map { .string($0) }), ("size", size.map { .integer(Int64($0)) }),
      ])
    }
  }

  package struct Seen: Sendable {
    package let path: String
    package let headers: JSON
  }

  private static let server = Result {
    let folder = try TemporaryFolder()
    let (program, port) = try BackgroundProgram.python("code-host.py", [folder.path])
    return (folder: folder, program: program, port: port)
  }

  private let world: String
  private let folder: TemporaryFolder
  /// The base address of the API.
  package let api: String
  package private(set) var answers: [String: Answer] = [:]

  package init() throws {
    let server = try Self.server.get()
    world = UUID().uuidString
    folder = server.folder
    api = "http://127.0.0.1:\(server.port)/\(world)"
  }

  /// Answers requests of these paths (with a query, or for every query) from now on.
  package mutating func set(_ more: [String: Answer]) throws {
    answers.merge(more) { $1 }
    try write()
  }

  package mutating func remove(_ path: String) throws {
    answers[path] = nil
    try write()
  }

  private func write() throws {
    try folder.write(JSON.object(answers.map { .init($0.key, $0.value.entry) }).text(), to: world + ".json")
  }

  package var seen: [Seen] {
    get throws {
      guard let bytes = FileManager.default.contents(atPath: folder.path + "/" + world + ".log") else { return [] }
      return try String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { line in
        let json = try JSON(parsing: String(line))
        return Seen(path: json["path"]?.string ?? "", headers: json["headers"] ?? .null)
      }
    }
  }
}
