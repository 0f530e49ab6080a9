internal import CLibCurl
import Glibc

/// One easy handle with everything it points at; lives on the loop's thread and frees all of it at its end.
final class RunningTransfer {
  let easy: UnsafeMutableRawPointer
  let job: TransferJob
  var lists: [UnsafeMutablePointer<curl_slist>] = []
  /// What is sent: owned memory, or an open file.
  var source: UploadSource = .none
  var sourceFailure: String?
  private let errorText: UnsafeMutablePointer<CChar>
  private(set) var headers: [(name: String, value: String)] = []
  private var headerBytes = 0
  private var body: [UInt8] = []
  private var isTooLarge = false

  /// All the headers of one answer; libcurl itself stops at 300 KB.
  static let headerLimit = 256 << 10

  init(_ job: TransferJob) throws(TransferFailure) {
    guard let easy = curl_easy_init() else { throw TransferFailure(.source("libcurl is out of memory")) }
    self.easy = easy
    self.job = job
    errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
    errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    try configure(errorText: errorText)
  }

  deinit {
    curl_easy_cleanup(easy)
    for list in lists { curl_slist_free_all(list) }
    source.close()
    errorText.deallocate()
  }

  // MARK: What the callbacks note

  /// Returns the number of bytes taken; another number ends or pauses the transfer.
  func took(_ bytes: UnsafeRawBufferPointer) -> Int {
    switch job.request.delivery {
    case .pieces where (200...299).contains(statusNow):
      return job.offer(Array(bytes)) ? bytes.count : Int(CURL_WRITEFUNC_PAUSE)
    case .whole(let limit), .pieces(let limit):
      guard body.count + bytes.count <= limit else {
        isTooLarge = true
        return 0
      }
      body.append(contentsOf: bytes)
      return bytes.count
    }
  }

  func tookHeader(_ bytes: UnsafeRawBufferPointer) -> Int {
    headerBytes += bytes.count
    guard headerBytes <= Self.headerLimit else {
      isTooLarge = true
      return 0
    }
    if bytes.starts(with: "HTTP/".utf8) {
      // A new answer (after 100 or 103): what came before it was not the answer.
      headers.removeAll()
    } else if let colon = bytes.firstIndex(of: UInt8(ascii: ":")) {
      let name = String(decoding: bytes[..<colon], as: UTF8.self)
      let value = String(decoding: RunningTransfer.trimmed(bytes[(colon + 1)...]), as: UTF8.self)
      headers.append((name, value))
    }
    return bytes.count
  }

  private static func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0d || byte == 0x0a }
    let start = bytes.firstIndex { !isBlank($0) } ?? bytes.endIndex
    let end = bytes.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? start
    return bytes[start..<max(start, end)]
  }

  // MARK: The ending

  private var statusNow: Int { long(CURLINFO_RESPONSE_CODE) }

  private var times: TransferAnswer.Times {
    TransferAnswer.Times(
      resolved: offset(CURLINFO_NAMELOOKUP_TIME_T), connected: offset(CURLINFO_CONNECT_TIME_T),
      encrypted: offset(CURLINFO_APPCONNECT_TIME_T), sent: offset(CURLINFO_PRETRANSFER_TIME_T),
      firstByte: offset(CURLINFO_STARTTRANSFER_TIME_T), total: offset(CURLINFO_TOTAL_TIME_T))
  }

  /// What came so far.
  func answer() -> TransferAnswer {
    var address: UnsafePointer<CChar>?
    gatehouse_curl_get_text(easy, CURLINFO_PRIMARY_IP, &address)
    return TransferAnswer(
      status: statusNow, headers: headers, body: body, times: times,
      remoteAddress: address.map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 })
  }

  func result(of code: CURLcode) -> Result<TransferAnswer, TransferFailure> {
    guard code != CURLE_OK else { return .success(answer()) }
    var failure: TransferFailure
    if isTooLarge {
      failure = TransferFailure(.tooLarge)
    } else if let sourceFailure {
      failure = TransferFailure(.source(sourceFailure))
    } else {
      failure = TransferFailure(.code(Int(code.rawValue)), text: CurlLibrary.text(of: code))
      if Self.isAboutTLS(code) { failure.detail = String(cString: errorText) }
    }
    failure.systemError = Int32(truncatingIfNeeded: long(CURLINFO_OS_ERRNO))
    failure.times = times
    failure.proxyStatus = long(CURLINFO_HTTP_CONNECTCODE)
    if case .mail = job.request.kind { failure.replyCode = statusNow }
    return .failure(failure)
  }

  /// Only these messages are kept: they speak of certificates and protocols, never of what was sent.
  private static func isAboutTLS(_ code: CURLcode) -> Bool {
    code == CURLE_SSL_CONNECT_ERROR || code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE
      || code == CURLE_SSL_ISSUER_ERROR || code == CURLE_USE_SSL_FAILED
  }

  private func long(_ info: CURLINFO) -> Int {
    var value = 0
    gatehouse_curl_get_long(easy, info, &value)
    return value
  }

  private func offset(_ info: CURLINFO) -> Int {
    var value: curl_off_t = 0
    gatehouse_curl_get_offset(easy, info, &value)
    return Int(value)
  }
}
