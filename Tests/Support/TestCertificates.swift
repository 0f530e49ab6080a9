/// A certificate authority made for the tests by the `openssl` program, and certificates of each kind.
///
/// For `localhost` and 127.0.0.1: `good`, `expired` (yesterday), `soon` (ends in less than five days), `future`,
/// `self-signed`, `short-chain` (signed by an authority in between that ends in five days), `broken-chain` (the same,
/// not sent); and `wrong-name` for elsewhere.example.
package final class TestCertificates: Sendable {
  private let folder: TemporaryFolder

  package init() throws {
    folder = try TemporaryFolder()
    let script = BackgroundProgram.programs + "/make-certificates.sh"
    // The line that it waits for comes when the script is through.
    _ = try BackgroundProgram(["sh", "-c", "sh \"$0\" \"$1\" && echo made", script, folder.path])
  }

  /// What to trust.
  package var authority: String { folder.path + "/ca.pem" }

  /// The chain and the key of a kind, as PEM files.
  package func files(_ kind: String) -> (chain: String, key: String) {
    (folder.path + "/\(kind).pem", folder.path + "/\(kind).key")
  }

  /// A TLS server on loopback that shows the certificate of that kind and answers each HTTP request with 200.
  package func serve(_ kind: String) throws -> (program: BackgroundProgram, port: Int) {
    let files = files(kind)
    return try BackgroundProgram.python("tls-server.py", [files.chain, files.key])
  }
}
