/// How this machine reaches others, from an environment that is passed in; libcurl is kept from reading its own.
package struct ConnectionSettings: Hashable, Sendable {
  package var resolve: ResolveMap
  /// `SSL_CERT_FILE` and `SSL_CERT_DIR`: trusted instead of the system's certificates.
  package var trustFile: String?
  package var trustFolder: String?
  private var httpsProxy: String?
  private var httpProxy: String?
  private var noProxy: String?

  package init(resolve: ResolveMap = ResolveMap(), environment: [String: String] = [:]) {
    func value(_ names: String...) -> String? {
      names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
    }
    self.resolve = resolve
    trustFile = value("SSL_CERT_FILE")
    trustFolder = value("SSL_CERT_DIR")
    httpsProxy = value("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
    httpProxy = value("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")
    noProxy = value("no_proxy", "NO_PROXY")
  }

  /// The proxy for an address and the hosts that need none; `nil` for loopback hosts, which a proxy could not reach,
  /// and for pinned ones: a pin says where to connect.
  func proxy(host: String, port: Int, isEncrypted: Bool) -> (url: String, except: String?)? {
    guard !ServiceAddress.isLoopback(host), resolve.target(host: host, port: port) == nil,
      let url = isEncrypted ? httpsProxy : httpProxy
    else { return nil }
    return (url, noProxy)
  }
}
