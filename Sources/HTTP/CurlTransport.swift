import Core
import Curl

/// HTTP by libcurl: any number of exchanges at once on one thread. Redirects are never followed, nothing is retried.
package final class CurlTransport: HTTPTransport, Sendable {
  package let settings: ConnectionSettings
  let loop: Result<TransferLoop, HTTPFailure>

  /// `environment` gives `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`, `SSL_CERT_FILE` and `SSL_CERT_DIR`. When libcurl
  /// cannot be started, every exchange fails with ``HTTPFailure/local(_:)``.
  package convenience init(resolve: ResolveMap = .init(), environment: [String: String] = [:]) {
    self.init(ConnectionSettings(resolve: resolve, environment: environment))
  }

  package init(_ settings: ConnectionSettings) {
    self.settings = settings
    do {
      loop = .success(try TransferLoop())
    } catch {
      loop = .failure(.local("libcurl could not be started"))
    }
  }

  package func send(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
    let (transfer, place) = try translate(request)
    return try await run(transfer, place, limit: request.maximumBody) { _ in true }
  }

  package func stream(
    _ request: HTTPRequest, onChunk: ([UInt8]) async -> StreamStep
  ) async throws(HTTPFailure) -> HTTPResponse {
    var (transfer, place) = try translate(request)
    transfer.delivery = .pieces(limitOfOthers: request.maximumBody)
    return try await run(transfer, place, limit: request.maximumBody) { await onChunk($0) == .goOn }
  }

  private func run(
    _ transfer: TransferRequest, _ place: Place, limit: Int, onPiece: ([UInt8]) async -> Bool
  ) async throws(HTTPFailure) -> HTTPResponse {
    do {
      let answer = try await loop.get().run(transfer, onPiece: onPiece)
      return HTTPResponse(
        status: answer.status, headers: answer.headers, body: answer.body, timing: HTTPTiming(answer.times),
        remoteAddress: answer.remoteAddress)
    } catch let failure as TransferFailure {
      throw HTTPFailure(
        failure, host: place.host, isEncrypted: place.isEncrypted, usesProxy: place.usesProxy, limit: limit)
    } catch let failure as HTTPFailure {
      throw failure
    } catch {
      throw .local("libcurl could not be started")
    }
  }

  private struct Place {
    var host: String
    var isEncrypted: Bool
    var usesProxy: Bool
  }

  private func translate(_ request: HTTPRequest) throws(HTTPFailure) -> (TransferRequest, Place) {
    guard let target = RequestTarget(request.url) else {
      throw .invalid("the address of the request is not an absolute http: or https: one")
    }
    var transfer = TransferRequest(
      url: request.url, kind: .http(method: request.method, headers: request.headers))
    switch request.body {
    case .none: break
    case .bytes(let bytes): transfer.body = .bytes(bytes)
    case .file(let path, let size): transfer.body = .file(path: path, size: size)
    }
    transfer.delivery = .whole(limit: request.maximumBody)
    transfer.connectMilliseconds = Int(clamping: request.connectTimeout.milliseconds)
    transfer.milliseconds = Int(clamping: request.timeout.milliseconds)
    transfer.fresh = !request.reuseConnection
    transfer.sharesConnection = request.sharesConnection
    transfer.onSent = request.onSent
    transfer.connectTo = settings.resolve.entries.map(\.text)
    transfer.trustFile = settings.trustFile
    transfer.trustFolder = settings.trustFolder
    if let proxy = request.proxy {
      transfer.proxy = .through(proxy, except: nil)
    } else if let (proxy, except) = settings.proxy(
      host: target.host, port: target.port, isEncrypted: target.isEncrypted)
    {
      transfer.proxy = .through(proxy, except: except)
    }
    let usesProxy = if case .through = transfer.proxy { true } else { false }
    return (transfer, Place(host: target.host, isEncrypted: target.isEncrypted, usesProxy: usesProxy))
  }
}

/// Whether a reader of a streamed body wants more.
package enum StreamStep: Sendable { case goOn, stop }

/// A transport that can hand over a body while it arrives.
package protocol HTTPStreaming: HTTPTransport {
  /// One exchange. With a status of 200 to 299 the body goes to `onChunk` in pieces, not cut at lines, while the
  /// server is made to wait for a slow reader, and the response's body is empty. With any other status `onChunk` is
  /// not called and the response holds the body. `request.timeout` is for the whole stream.
  func stream(
    _ request: HTTPRequest, onChunk: ([UInt8]) async -> StreamStep
  ) async throws(HTTPFailure) -> HTTPResponse
}

extension CurlTransport: HTTPStreaming {}

extension HTTPTiming {
  init(_ times: TransferAnswer.Times) {
    self.init()
    func span(_ from: Int, _ to: Int) -> Duration { .microseconds(max(0, to - from)) }
    resolve = .microseconds(times.resolved)
    connect = span(times.resolved, times.connected)
    tls = times.encrypted == 0 ? .zero : span(times.connected, times.encrypted)
    wait = span(times.sent, times.firstByte)
    transfer = times.firstByte == 0 ? .zero : span(times.firstByte, times.total)
    total = .microseconds(times.total)
  }
}
