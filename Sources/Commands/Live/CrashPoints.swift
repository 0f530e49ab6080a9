import Core
import HTTP
import Release

/// The points at which a crash is interesting. Nothing listens outside the fault tests, which end the process there.
package enum CrashPoints {
  @TaskLocal package static var point: CrashPoint = { _ in }
}

/// Announces every request that may change something, before it leaves and after it was answered.
struct CrashPointTransport: HTTPTransport {
  let base: any HTTPTransport
  let point: CrashPoint

  func send(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
    guard request.method != "GET", request.method != "HEAD" else { return try await base.send(request) }
    point("sending \(request.method)")
    let response = try await base.send(request)
    point("answered \(request.method)")
    return response
  }
}
