internal import CLibCurl
import Glibc

extension RunningTransfer {
  /// Translates the request into libcurl's options. Every option that cannot be set is an error.
  func configure(errorText: UnsafeMutablePointer<CChar>) throws(TransferFailure) {
    let request = job.request
    try set(CURLOPT_ERRORBUFFER, pointer: errorText)
    try set(CURLOPT_URL, request.url)
    try set(CURLOPT_NOSIGNAL, 1)
    try set(CURLOPT_NOPROGRESS, 1)
    try set(CURLOPT_FOLLOWLOCATION, 0)
    try set(CURLOPT_NETRC, 0)
    try set(CURLOPT_PATH_AS_IS, 1)
    try set(CURLOPT_TCP_NODELAY, 1)
    try set(CURLOPT_CONNECTTIMEOUT_MS, max(1, request.connectMilliseconds))
    try set(CURLOPT_TIMEOUT_MS, max(1, request.milliseconds))
    try setTrust(request)
    try setConnection(request)
    try setCallbacks()
    switch request.kind {
    case .http(let method, let headers):
      try set(CURLOPT_PROTOCOLS_STR, "http,https")
      try set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
      try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
      try setHTTP(method: method, headers: headers, body: request.body)
    case .mail(let from, let to, let user, let password, let encryption):
      try set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
      try setMail(from: from, to: to, user: user, password: password, encryption: encryption)
    }
  }

  private func setTrust(_ request: TransferRequest) throws(TransferFailure) {
    try set(CURLOPT_SSL_VERIFYPEER, 1)
    try set(CURLOPT_SSL_VERIFYHOST, 2)
    guard request.trustFile != nil || request.trustFolder != nil else { return }
    // Instead of the system's certificates, not beside them: whoever names a file means that file.
    for (option, value) in [
      (CURLOPT_CAINFO, request.trustFile), (CURLOPT_CAPATH, request.trustFolder),
      (CURLOPT_PROXY_CAINFO, request.trustFile), (CURLOPT_PROXY_CAPATH, request.trustFolder),
    ] {
      try check(gatehouse_curl_set_text(easy, option, value))
    }
  }

  private func setConnection(_ request: TransferRequest) throws(TransferFailure) {
    if request.fresh {
      try set(CURLOPT_FRESH_CONNECT, 1)
      try set(CURLOPT_FORBID_REUSE, 1)
      try set(CURLOPT_DNS_CACHE_TIMEOUT, 0)
      try set(CURLOPT_SSL_SESSIONID_CACHE, 0)
    }
    if request.sharesConnection { try set(CURLOPT_PIPEWAIT, 1) }
    if !request.connectTo.isEmpty { try set(CURLOPT_CONNECT_TO, list: request.connectTo) }
    switch request.proxy {
    // An empty text also keeps libcurl from reading the process's environment by itself.
    case .none: try set(CURLOPT_PROXY, "")
    case .through(let proxy, let exceptions):
      try set(CURLOPT_PROXY, proxy)
      try set(CURLOPT_NOPROXY, exceptions ?? "")
      try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    }
  }

  private func setHTTP(
    method: String, headers: [(name: String, value: String)], body: TransferRequest.Body
  ) throws(TransferFailure) {
    guard !method.isEmpty, method.utf8.allSatisfy(Self.isTokenByte) else {
      throw TransferFailure(.invalid("the method of the request is not one"))
    }
    var lines: [String] = []
    for (name, value) in headers {
      guard !name.isEmpty, name.utf8.allSatisfy(Self.isTokenByte) else {
        throw TransferFailure(.invalid("a header's name is empty or holds a character that is not allowed"))
      }
      // The value may be a secret: it is not repeated.
      guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }) else {
        throw TransferFailure(.invalid("the value of the header \(name) holds a control character"))
      }
      lines.append(value.isEmpty ? "\(name);" : "\(name): \(value)")
    }
    func has(_ name: String) -> Bool { headers.contains { $0.name.lowercased() == name } }
    if !has("user-agent") { try set(CURLOPT_USERAGENT, "gatehouse") }
    // libcurl would add these two on its own.
    if !has("expect") { lines.append("Expect:") }
    if !has("content-type") { lines.append("Content-Type:") }

    switch body {
    case .none where method == "HEAD": try set(CURLOPT_NOBODY, 1)
    case .none where ["POST", "PUT", "PATCH"].contains(method): try setMemory([], method)
    case .none:
      try set(CURLOPT_HTTPGET, 1)
      try set(CURLOPT_CUSTOMREQUEST, method)
    case .bytes(let bytes): try setMemory(bytes, method)
    case .file(let path, let size):
      source = try .opening(path, size: size)
      try set(CURLOPT_UPLOAD, 1)
      try set(CURLOPT_CUSTOMREQUEST, method)
      try check(gatehouse_curl_set_offset(easy, CURLOPT_INFILESIZE_LARGE, curl_off_t(size)))
    }
    try set(CURLOPT_HTTPHEADER, list: lines)
  }

  private func setMemory(_ bytes: [UInt8], _ method: String) throws(TransferFailure) {
    source = .memory(bytes, at: 0)
    try set(CURLOPT_POST, 1)
    try set(CURLOPT_CUSTOMREQUEST, method)
    try check(gatehouse_curl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count)))
  }

  private func setMail(
    from: String, to: [String], user: String?, password: String?, encryption: TransferRequest.MailEncryption
  ) throws(TransferFailure) {
    guard !to.isEmpty else { throw TransferFailure(.invalid("the mail has no recipient")) }
    guard case .bytes(let message) = job.request.body else {
      throw TransferFailure(.invalid("the mail has no text"))
    }
    for address in [from] + to where !Self.isPlainAddress(address) {
      throw TransferFailure(.invalid("a mail address is empty or holds a blank, a bracket or a control character"))
    }
    try set(CURLOPT_MAIL_FROM, "<\(from)>")
    try set(CURLOPT_MAIL_RCPT, list: to.map { "<\($0)>" })
    if let user { try set(CURLOPT_USERNAME, user) }
    if let password { try set(CURLOPT_PASSWORD, password) }
    switch encryption {
    case .required: try set(CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue))
    case .whenOffered: try set(CURLOPT_USE_SSL, Int(CURLUSESSL_TRY.rawValue))
    }
    source = .memory(message, at: 0)
    try set(CURLOPT_UPLOAD, 1)
    try check(gatehouse_curl_set_offset(easy, CURLOPT_INFILESIZE_LARGE, curl_off_t(message.count)))
  }

  private static func isPlainAddress(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 254 && text.contains("@")
      && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") }
  }

  /// RFC 9110, 5.6.2.
  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }

  // MARK: One option

  private func check(_ code: CURLcode) throws(TransferFailure) {
    guard code == CURLE_OK else {
      throw TransferFailure(.invalid("libcurl does not take an option: \(CurlLibrary.text(of: code))"))
    }
  }

  private func set(_ option: CURLoption, _ value: Int) throws(TransferFailure) {
    try check(gatehouse_curl_set_long(easy, option, value))
  }

  private func set(_ option: CURLoption, _ value: String) throws(TransferFailure) {
    guard !value.utf8.contains(0) else { throw TransferFailure(.invalid("a text of the request holds a zero byte")) }
    try check(gatehouse_curl_set_text(easy, option, value))
  }

  private func set(_ option: CURLoption, pointer: UnsafeMutableRawPointer) throws(TransferFailure) {
    try check(gatehouse_curl_set_pointer(easy, option, pointer))
  }

  /// libcurl does not copy lists: they are freed with the handle.
  private func set(_ option: CURLoption, list texts: [String]) throws(TransferFailure) {
    var list: UnsafeMutablePointer<curl_slist>?
    for text in texts {
      guard let longer = curl_slist_append(list, text) else {
        curl_slist_free_all(list)
        throw TransferFailure(.source("libcurl is out of memory"))
      }
      list = longer
    }
    if let list { lists.append(list) }
    try check(gatehouse_curl_set_list(easy, option, list))
  }

  /// The callbacks get this object unretained: it lives as long as the handle, which it frees.
  private func setCallbacks() throws(TransferFailure) {
    let context = Unmanaged.passUnretained(self).toOpaque()
    try set(CURLOPT_WRITEDATA, pointer: context)
    try check(
      gatehouse_curl_set_data_callback(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
        guard let bytes, let transfer = RunningTransfer.from(context) else { return 0 }
        return transfer.took(UnsafeRawBufferPointer(start: bytes, count: size * count))
      })
    try set(CURLOPT_HEADERDATA, pointer: context)
    try check(
      gatehouse_curl_set_data_callback(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
        guard let bytes, let transfer = RunningTransfer.from(context) else { return 0 }
        return transfer.tookHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
      })
    try set(CURLOPT_READDATA, pointer: context)
    try check(
      gatehouse_curl_set_data_callback(easy, CURLOPT_READFUNCTION) { bytes, size, count, context in
        guard let bytes, let transfer = RunningTransfer.from(context) else { return Int(CURL_READFUNC_ABORT) }
        return transfer.gave(UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
      })
    try set(CURLOPT_SEEKDATA, pointer: context)
    try check(
      gatehouse_curl_set_seek_callback(easy) { context, place, origin in
        guard origin == SEEK_SET, let transfer = RunningTransfer.from(context),
          transfer.source.seek(to: Int(place))
        else { return CURL_SEEKFUNC_FAIL }
        return CURL_SEEKFUNC_OK
      })
  }

  private func gave(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
    guard let count = source.read(into: buffer) else {
      sourceFailure = "the file to send could not be read to its announced end"
      return Int(CURL_READFUNC_ABORT)
    }
    job.request.onSent?(count)
    return count
  }

  private static func from(_ context: UnsafeMutableRawPointer?) -> RunningTransfer? {
    context.map { Unmanaged<RunningTransfer>.fromOpaque($0).takeUnretainedValue() }
  }
}
