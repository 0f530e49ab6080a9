import Core
import FoundationEssentials
import JSONText
import Synchronization

/// A bucket of real object storage on this machine, with authentication, that fails as a test tells it to.
///
/// All of a process's are buckets of one service: moto, which `ci/prepare test` installs, behind `object-storage.py`.
package struct StorageService: Sendable {
  package struct Keys: Sendable {
    package let access: Secret
    package let secret: Secret
    package let token: Secret?

    package init(access: Secret, secret: Secret, token: Secret? = nil) {
      self.access = access
      self.secret = secret
      self.token = token
    }
  }

  package struct Seen: Sendable {
    package let method: String
    /// With its query.
    package let path: String
    /// As text: a number, `drop` or `hang`.
    package let status: String
    package let bytes: Int
    package let headers: JSON
  }

  private struct Server {
    let folder: TemporaryFolder
    let certificates: TestCertificates
    let program: BackgroundProgram
    let port: Int
    let keys: JSON
  }

  private static let server = Result {
    let folder = try TemporaryFolder()
    let certificates = try TestCertificates()
    let files = certificates.files("good")
    let (program, port) = try BackgroundProgram.python("object-storage.py", [folder.path, files.chain, files.key])
    let keys = try JSON(parsing: Array(try Data(contentsOf: URL(filePath: folder.path + "/keys.json"))))
    return Server(folder: folder, certificates: certificates, program: program, port: port, keys: keys)
  }

  private let server: Server
  package let bucket: String

  /// A new bucket; none when `exists` is `false`. A rule is what `object-storage.py` says.
  package init(locking: Bool = false, exists: Bool = true, rules: [JSON] = []) throws {
    server = try Self.server.get()
    bucket = "b-" + UUID().uuidString.lowercased()
    guard exists else { return }
    try server.folder.write(
      JSON.dictionary([("lock", .bool(locking)), ("rules", .array(rules))]).text(), to: bucket + ".json")
  }

  package var endpoint: String { "http://127.0.0.1:\(server.port)" }
  /// For requests that name the bucket in the host.
  package var hostEndpoint: String { "http://localhost:\(server.port)" }
  package var encryptedEndpoint: String { "https://localhost:\(server.keys["tls"]?.integer ?? 0)" }
  /// What to trust for it.
  package var authority: String { server.certificates.authority }

  /// `everything`, `nothing` or `lent`.
  package func keys(_ name: String = "everything") -> Keys {
    let keys = server.keys[name]
    return Keys(
      access: Secret(keys?["access"]?.string ?? ""), secret: Secret(keys?["secret"]?.string ?? ""),
      token: keys?["token"]?.string.map { Secret($0) })
  }

  /// What was asked of the bucket, in order.
  package var seen: [Seen] {
    get throws {
      guard let bytes = FileManager.default.contents(atPath: server.folder.path + "/" + bucket + ".log") else {
        return []
      }
      return try String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { line in
        let json = try JSON(parsing: String(line))
        return Seen(
          method: json["method"]?.string ?? "", path: json["path"]?.string ?? "",
          status: json["status"]?.integer.map { String($0) } ?? json["status"]?.string ?? "",
          bytes: Int(json["bytes"]?.integer ?? 0), headers: json["headers"] ?? .null)
      }
    }
  }
}
