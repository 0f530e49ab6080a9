import Core
import HTTP
import OpenSSL
import Synchronization

/// A bucket of S3-compatible object storage, below one prefix.
///
/// Every request is signed together with the digest of its body, none is redirected, and each may be sent twice: what must
/// not happen twice is told apart by a word that ``ObjectWriter`` leaves at the object. Answers are bounded.
package struct ObjectStore: Sendable {
  package let address: BucketAddress
  let transport: any HTTPTransport
  let timing: any Timing
  let progress: ProgressSink
  var budget: RetryBudget
  private let credentials: StorageCredentials
  /// From 0 up to, not including, 1.
  private let random: @Sendable () -> Double
  private let traits = SharedTraits()

  package init(
    _ address: BucketAddress, credentials: StorageCredentials, transport: any HTTPTransport, timing: any Timing,
    random: @escaping @Sendable () -> Double = { .random(in: 0..<1) }, budget: RetryBudget = RetryBudget(),
    progress: @escaping ProgressSink = { _ in }
  ) {
    self.address = address
    self.credentials = credentials
    self.transport = transport
    self.timing = timing
    self.random = random
    self.budget = budget
    self.progress = progress
  }

  /// What the service was found not to know, shared by all copies of a store.
  private final class SharedTraits: Sendable {
    let known = Mutex(ServiceTraits())
  }

  var knownTraits: ServiceTraits { traits.known.withLock { $0 } }
}

extension ObjectStore {
  func send(_ call: StorageCall) async throws(StorageFailure) -> StorageAnswer {
    try await send(call) { (answer) throws(StorageFailure) in answer }
  }

  /// Sends until there is an answer that can be read, or patience ends. A service that does not know checksums or
  /// conditions is asked without them, now and from then on.
  func send<Value: Sendable>(
    _ call: StorageCall, reading: (StorageAnswer) throws(StorageFailure) -> Value
  ) async throws(StorageFailure) -> Value {
    var asked = knownTraits
    while true {
      do throws(StorageFailure) {
        let value = try await send(call, asked, reading)
        let found = asked
        traits.known.withLock { $0 = found }
        return value
      } catch {
        guard error.kind == .unsupported else { throw error }
        if asked.takesChecksums, !call.checksums.isEmpty {
          asked.takesChecksums = false
        } else if asked.takesConditions, call.onlyNew {
          asked.takesConditions = false
        } else {
          throw error
        }
      }
    }
  }

  private func send<Value: Sendable>(
    _ call: StorageCall, _ traits: ServiceTraits, _ reading: (StorageAnswer) throws(StorageFailure) -> Value
  ) async throws(StorageFailure) -> Value {
    let start = timing.steady()
    let patience = budget.total + call.timeout
    var attempt = 1
    while true {
      let failure: StorageFailure
      do throws(StorageFailure) {
        return try reading(try await once(call, traits))
      } catch {
        failure = error
      }
      guard failure.isPassing else { throw failure }
      let wait = max(budget.wait(afterAttempt: attempt, random: random()), failure.askedWait ?? .zero)
      guard attempt < budget.attempts, timing.steady() - start + wait <= patience else {
        throw failure.tried(attempt)
      }
      if wait >= .seconds(2) {
        progress(
          Progress("storage", "\(failure.problem.why ?? "it failed"); trying again in \(wait.components.seconds) s"))
      }
      do { try await timing.sleep(for: wait) } catch { throw .interrupted(call, address) }
      attempt += 1
    }
  }

  private func once(_ call: StorageCall, _ traits: ServiceTraits) async throws(StorageFailure) -> StorageAnswer {
    guard !Task.isCancelled else { throw .interrupted(call, address) }
    let response: HTTPResponse
    do throws(HTTPFailure) {
      response = try await transport.send(request(call, traits))
    } catch {
      throw .reading(error, call, address)
    }
    let isFine = (200...299).contains(response.status)
    // An error's body may be empty, text or HTML; then only the status counts.
    let xml = call.mark != nil || !isFine ? AnswerElement(parsing: response.body) : nil
    let answer = StorageAnswer(response: response, xml: xml)
    // Some operations have said 200 before they fail.
    guard isFine, xml?.name != "Error" else { throw .reading(answer, call, address, now: timing.now()) }
    if let mark = call.mark, !mark.isIn(xml) {
      throw .garbled(call, address, "the answer is not the XML that belongs to it")
    }
    return answer
  }

  private func request(_ call: StorageCall, _ traits: ServiceTraits) -> HTTPRequest {
    let now = timing.now()
    let digest = Digest.hex(call.bodySHA256 ?? Digest.sha256(call.body))
    var headers = call.headers
    headers.append(("x-amz-content-sha256", digest))
    headers.append(("x-amz-date", RequestSignature.stamp(now)))
    if let token = credentials.sessionToken { headers.append(("x-amz-security-token", token.reveal())) }
    if traits.takesChecksums { headers += call.checksums }
    // Older services want it with locks; and it is what is left where checksums are not known.
    if call.setsLock || (!traits.takesChecksums && !call.checksums.isEmpty), !call.body.isEmpty,
      let md5 = Digest.md5(call.body)
    {
      headers.append(("Content-MD5", Base64.encode(md5)))
    }
    if call.onlyNew, traits.takesConditions { headers.append(("If-None-Match", "*")) }
    let path = address.path(call.name)
    let signature = RequestSignature(
      method: call.method, path: path, query: call.query, headers: headers + [("host", address.host)],
      bodySHA256: digest, time: now, region: address.region)
    headers.append(("Authorization", signature.authorization(credentials)))
    let hasBody = call.method == "PUT" || call.method == "POST"
    var request = HTTPRequest(
      call.method, address.url(path, RequestSignature.sorted(call.query)), headers: headers,
      body: hasBody ? .bytes(call.body) : .none)
    request.timeout = call.timeout
    request.maximumBody = call.maximumBody
    return request
  }

  /// What callers outside of this room are told.
  func telling<Value>(
    _ work: () async throws(StorageFailure) -> Value
  ) async throws(Problem) -> Value {
    do throws(StorageFailure) { return try await work() } catch { throw error.problem }
  }
}

extension StorageFailure {
  fileprivate func tried(_ attempts: Int) -> StorageFailure {
    guard attempts > 1 else { return self }
    var copy = self
    copy.problem = Problem(
      problem.code, problem.what, place: problem.place,
      why: (problem.why ?? "it failed") + "; tried \(attempts) times", remedy: problem.remedy)
    return copy
  }
}
