internal import CLibCurl

/// libcurl as it is loaded in this process.
package enum CurlLibrary {
  /// Initialises the library once; `false` when it cannot be used at all.
  ///
  /// `curl_global_init` is thread-safe since 7.84 where `CURL_VERSION_THREADSAFE` is set, and a `static let` runs once
  /// in any case. Source: https://curl.se/libcurl/c/curl_global_init.html
  static let isReady: Bool = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  /// Such as `7.88.1`.
  package static var version: String { gatehouse_curl_version().map { String(cString: $0) } ?? "unknown" }

  static func text(of code: CURLcode) -> String { String(cString: curl_easy_strerror(code)) }
}
