import Core
import HTTP
import Synchronization
import TestSupport

@testable import ObjectStorage

extension ObjectStore {
  /// A store in a bucket of the service, with a clock that nobody waits for.
  static func at(
    _ service: StorageService, keys: StorageService.Keys? = nil, prefix: String = "/clinic/prod",
    endpoint: String? = nil, addressing: BucketAddress.Addressing? = nil, timing: any Timing = ManualTiming(),
    transport: (any HTTPTransport)? = nil, told: Told = Told()
  ) throws(Problem) -> ObjectStore {
    let keys = keys ?? service.keys()
    return ObjectStore(
      try BucketAddress(
        "s3://" + service.bucket + prefix, region: "us-east-1", endpoint: endpoint ?? service.endpoint,
        addressing: addressing),
      credentials: StorageCredentials(accessKey: keys.access, secretKey: keys.secret, sessionToken: keys.token),
      transport: transport ?? CurlTransport(), timing: timing, random: { 0 }, progress: { told.take($0) })
  }

  /// A store whose every request is answered by a function.
  static func answered(
    timing: any Timing = ManualTiming(), budget: RetryBudget = RetryBudget(),
    _ answer: @escaping @Sendable (HTTPRequest) async throws(HTTPFailure) -> HTTPResponse
  ) throws(Problem) -> ObjectStore {
    ObjectStore(
      try BucketAddress("s3://bucket/prefix", region: "sa-east-1", endpoint: "https://storage.example"),
      credentials: StorageCredentials(
        accessKey: Secret("AKIATHEACCESSKEY"), secretKey: Secret("the-secret-key"), sessionToken: Secret("the-token")),
      transport: AnsweringTransport(answer: answer), timing: timing, random: { 0 }, budget: budget)
  }

  func store(
    _ bytes: [UInt8], as name: String, replacing: Bool = false, lock: ObjectLock? = nil, plan: PartPlan = .small
  ) async throws(Problem) {
    let writer = write(name, lock: lock, plan: plan)
    do throws(Problem) {
      try await writer.append(bytes)
      try await writer.commit(replacing: replacing)
    } catch {
      await writer.abandon()
      throw error
    }
  }

  func bytes(of name: String) async throws(Problem) -> [UInt8] {
    var all: [UInt8] = []
    try await read(name) { (bytes) throws(Problem) in all.append(contentsOf: bytes) }
    return all
  }
}

extension ObjectWriter {
  /// In pieces of a length that fits into nothing.
  func append(_ bytes: [UInt8]) async throws(Problem) {
    let length = 700_001
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: length, alignment: 16)
    defer { room.deallocate() }
    for start in stride(from: 0, to: bytes.count, by: length) {
      let piece = bytes[start..<min(start + length, bytes.count)]
      room.copyBytes(from: piece)
      try await append(UnsafeRawBufferPointer(rebasing: room[..<piece.count]))
    }
  }
}

extension PartPlan {
  /// The smallest parts that a service takes.
  static let small = PartPlan(stages: [Stage(upTo: 10_000, length: 5 << 20)], atOnce: 3, memory: 20 << 20)
}

struct AnsweringTransport: HTTPTransport {
  let answer: @Sendable (HTTPRequest) async throws(HTTPFailure) -> HTTPResponse
  func send(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse { try await answer(request) }
}

final class Told: Sendable {
  private let all = Mutex<[String]>([])
  func take(_ progress: Progress) { all.withLock { $0.append(progress.text) } }
  var lines: [String] { all.withLock { $0 } }
}

/// Bytes that differ from place to place: 64 KiB drawn from a seed, again and again, each time begun with its number.
func sample(_ count: Int) -> [UInt8] {
  var bytes: [UInt8] = []
  bytes.reserveCapacity(count + sampleBlock.count)
  while bytes.count < count {
    withUnsafeBytes(of: UInt64(bytes.count)) { bytes.append(contentsOf: $0) }
    bytes.append(contentsOf: sampleBlock)
  }
  return Array(bytes.prefix(count))
}

private let sampleBlock: [UInt8] = {
  var state: UInt64 = 0x9e37_79b9
  return (0..<(64 << 10)).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt8(truncatingIfNeeded: state >> 56)
  }
}()

/// The error of an operation; `nil` when it had none.
func problem<Value>(_ work: () async throws(Problem) -> Value) async -> Problem? {
  do throws(Problem) {
    _ = try await work()
    return nil
  } catch {
    return error
  }
}

func response(_ status: Int, _ text: String = "", _ headers: [(name: String, value: String)] = []) -> HTTPResponse {
  HTTPResponse(status: status, headers: headers, body: Array(text.utf8))
}

func errorText(_ code: String, _ more: String = "") -> String {
  "<?xml version=\"1.0\"?><Error><Code>\(code)</Code><Message>the-secret-key</Message>\(more)</Error>"
}
