/// Why libcurl made no complete exchange. Holds no header, body or password.
package struct TransferFailure: Error, Sendable {
  package enum Cause: Hashable, Sendable {
    case cancelled
    /// The answer is longer than allowed.
    case tooLarge
    /// The request cannot be made as it stands.
    case invalid(String)
    /// The file to send could not be read as announced.
    case source(String)
    /// libcurl's `CURLcode`.
    case code(Int)
  }

  package var cause: Cause
  /// libcurl's sentence for the code.
  package var text: String
  /// What libcurl adds about TLS, or nothing.
  package var detail: String
  /// The operating system's `errno` of the connection, or 0.
  package var systemError: Int32
  package var times: TransferAnswer.Times
  /// The proxy's answer to CONNECT, or 0.
  package var proxyStatus: Int
  /// Mail: the server's last reply code, or 0.
  package var replyCode: Int

  init(_ cause: Cause, text: String = "") {
    self.cause = cause
    self.text = text
    detail = ""
    systemError = 0
    times = .init()
    proxyStatus = 0
    replyCode = 0
  }
}
