extension ConnectionSettings {
  /// Whether this machine is told to reach an address through a proxy, and not directly.
  ///
  /// `NO_PROXY` is read as libcurl does: names parted by commas, each for itself and all below it; `*` is all.
  package func usesProxy(for address: ServiceAddress) -> Bool {
    guard let proxy = proxy(host: address.host, port: address.port, isEncrypted: address.isEncrypted) else {
      return false
    }
    let exceptions = (proxy.except ?? "").lowercased().split { $0 == "," || $0 == " " }
    return !exceptions.contains { exception in
      let name = exception.first == "." ? exception.dropFirst() : exception
      return name == "*" || address.host == name || address.host.hasSuffix("." + name)
    }
  }
}
