import Core
import HTTP
import Synchronization
import TestSupport
import Testing

@testable import ObjectStorage

@Suite struct `What is told of a refusal` {
  struct Refusal: Sendable, CustomTestStringConvertible {
    var status: Int
    var code: String?
    var more = ""
    var headers: [(name: String, value: String)] = []
    var name: String
    var says: String
    var testDescription: String { "\(status) \(code ?? "-") \(name)" }
  }

  static let refusals = [
    Refusal(status: 403, code: "AccessDenied", name: "not-allowed", says: "s3:ListBucket"),
    Refusal(status: 403, code: "InvalidAccessKeyId", name: "key", says: "access-key"),
    Refusal(status: 403, code: "SignatureDoesNotMatch", name: "key", says: "secret-key"),
    Refusal(status: 400, code: "ExpiredToken", name: "key", says: "expired"),
    Refusal(status: 400, code: "InvalidToken", name: "key", says: "session-token"),
    Refusal(status: 404, code: "NoSuchBucket", name: "no-bucket", says: "make the bucket"),
    Refusal(
      status: 403, code: "RequestTimeTooSkewed", headers: [("Date", "Wed, 18 Nov 2026 10:06:40 GMT")], name: "clock",
      says: "ours is 60 min ahead"),
    Refusal(
      status: 301, code: "PermanentRedirect", headers: [("x-amz-bucket-region", "eu-west-1")], name: "region",
      says: "region: eu-west-1"),
    Refusal(
      status: 400, code: "AuthorizationHeaderMalformed", more: "<Region>us-east-2</Region>", name: "region",
      says: "region: us-east-2"),
    Refusal(
      status: 301, code: nil, headers: [("x-amz-bucket-region", "eu west\u{7}")], name: "region",
      says: "correct `region`"),
    Refusal(status: 307, code: "TemporaryRedirect", name: "region", says: "elsewhere"),
    Refusal(status: 507, code: nil, name: "full", says: "room"),
    Refusal(status: 418, code: "Teapot", name: "refused", says: "code Teapot"),
    Refusal(status: 403, code: "no plain/name", name: "not-allowed", says: "HTTP 403)"),
    Refusal(status: 200, code: nil, name: "garbled", says: "XML"),
  ]

  @Test(arguments: refusals) func `says what, where, why and what to do`(refusal: Refusal) async throws {
    let store = try ObjectStore.answered(
      timing: ManualTiming(at: try #require(Timestamp("2026-11-18T11:06:40Z")))
    ) { (_) async throws(HTTPFailure) in
      response(refusal.status, refusal.code.map { errorText($0, refusal.more) } ?? "<html/>", refusal.headers)
    }
    let found = try #require(await problem { () async throws(Problem) in try await store.objects() })
    #expect(found.code == "storage." + refusal.name)
    #expect(found.place == "s3://bucket/prefix")
    #expect("\(found.why ?? "") \(found.remedy ?? "")".contains(refusal.says))
  }

  @Test(arguments: [
    HTTPFailure.refused, .reset, .truncated, .timeout, .connectTimeout, .unresolvable(host: "storage.example"),
    .proxy("no"), .tlsHandshake("no"), .local("no"), .other(code: 1, "no"),
  ]) func `a connection that fails is tried again, and then told`(failure: HTTPFailure) async throws {
    let count = Mutex(0)
    let timing = ManualTiming()
    let store = try ObjectStore.answered(timing: timing) { (_) async throws(HTTPFailure) in
      count.withLock { $0 += 1 }
      throw failure
    }
    let found = await problem { () async throws(Problem) in try await store.objects() }
    #expect(found?.code == "storage.unreachable")
    #expect(found?.why?.contains("https://storage.example") == true)
    #expect(found?.why?.contains("tried 7 times") == true)
    #expect(count.withLock { $0 } == 7)
    #expect(timing.slept.count == 6)
  }

  @Test func `nothing that is told, and no address, holds a key or a signature`() async throws {
    let texts = Mutex<[String]>([])
    let told = Told()
    for refusal in Self.refusals {
      let store = try ObjectStore.answered { (request) async throws(HTTPFailure) in
        texts.withLock { $0.append(request.url) }
        return response(refusal.status, refusal.code.map { errorText($0, refusal.more) } ?? "", refusal.headers)
      }
      for found in [
        await problem { () async throws(Problem) in try await store.objects() },
        await problem { () async throws(Problem) in try await store.store([1], as: "a") },
        await problem { () async throws(Problem) in try await store.store(sample(6 << 20), as: "a", replacing: true) },
        await problem { () async throws(Problem) in try await store.bytes(of: "a") },
        await problem { () async throws(Problem) in try await store.remove("a") },
      ].compactMap(\.self) {
        texts.withLock { $0.append("\(found) \(found.remedy ?? "")") }
      }
    }
    let all = texts.withLock { $0 } + told.lines
    #expect(all.count > 50)
    for text in all {
      for secret in ["AKIATHEACCESSKEY", "the-secret-key", "the-token", "Signature=", "Credential="] {
        #expect(!text.contains(secret), "\(text)")
      }
    }
  }

  @Test(arguments: ["nothing", "unknown", "wrong secret"])
  func `keys that are not right are told by the real service`(which: String) async throws {
    let service = try StorageService()
    let known = service.keys("everything")
    let keys =
      switch which {
      case "nothing": service.keys("nothing")
      case "unknown": StorageService.Keys(access: Secret("AKIANOBODY"), secret: known.secret, token: nil)
      default: StorageService.Keys(access: known.access, secret: Secret("wrong"), token: nil)
      }
    let store = try ObjectStore.at(service, keys: keys)
    let found = await problem { () async throws(Problem) in try await store.objects() }
    #expect(found?.code == (which == "nothing" ? "storage.not-allowed" : "storage.key"))
  }

  @Test func `a bucket that is not there is told by the real service`() async throws {
    let store = try ObjectStore.at(try StorageService(exists: false))
    let found = await problem { () async throws(Problem) in try await store.objects() }
    #expect(found?.code == "storage.no-bucket")
    let stored = await problem { () async throws(Problem) in try await store.store([1], as: "a") }
    #expect(stored?.code == "storage.no-bucket")
  }
}

@Suite struct `Listings that are hostile` {
  private func listing(_ inner: String) -> String {
    "<ListBucketResult><EncodingType>url</EncodingType>\(inner)</ListBucketResult>"
  }

  @Test func `pages are followed by their marks`() async throws {
    let asked = Mutex<[String]>([])
    let store = try ObjectStore.answered { (request) async throws(HTTPFailure) in
      asked.withLock { $0.append(request.url) }
      let first = !request.url.contains("continuation-token")
      return response(
        200,
        listing(
          first
            ? "<IsTruncated>true</IsTruncated><NextContinuationToken>a/b+c=</NextContinuationToken>"
              + "<Contents><Key>prefix/a%20b</Key><Size>1</Size></Contents>"
            : "<IsTruncated>false</IsTruncated><Contents><Key>prefix/c</Key><Size>2</Size></Contents>"
              + "<Contents><Key>prefix/</Key><Size>0</Size></Contents>"))
    }
    #expect(
      try await store.objects() == [ListedObject(name: "a b", bytes: 1), ListedObject(name: "c", bytes: 2)])
    #expect(asked.withLock { $0.last }?.contains("continuation-token=a%2Fb%2Bc%3D") == true)
  }

  @Test(arguments: [
    "<IsTruncated>true</IsTruncated>",
    "<IsTruncated>true</IsTruncated><NextContinuationToken>same</NextContinuationToken>",
    "<Contents><Key>other/a</Key><Size>1</Size></Contents>", "<Contents><Key>prefix/a</Key></Contents>",
    "<Contents><Key>prefix/a</Key><Size>-1</Size></Contents>",
    "<Contents><Key>prefix/%zz</Key><Size>1</Size></Contents>",
    "<Contents><Key>prefix/a</Key><Size>99999999999999999999</Size></Contents>",
  ]) func `one that makes no sense is told`(inner: String) async throws {
    let store = try ObjectStore.answered { (_) async throws(HTTPFailure) in response(200, listing(inner)) }
    let found = await problem { () async throws(Problem) in try await store.objects() }
    #expect(found?.code == "storage.garbled")
  }

  @Test func `one without end is told`() async throws {
    let count = Mutex(0)
    let store = try ObjectStore.answered { (_) async throws(HTTPFailure) in
      let number = count.withLock { count in
        count += 1
        return count
      }
      return response(
        200,
        listing("<IsTruncated>true</IsTruncated><NextContinuationToken>\(number)</NextContinuationToken>"))
    }
    let found = await problem { () async throws(Problem) in try await store.objects() }
    #expect(found?.code == "storage.garbled")
    #expect(count.withLock { $0 } == 1000)
  }
}

@Suite struct `Parts on their way` {
  @Test(.timeLimit(.minutes(1))) func `are several at once, within the memory that is set aside`() async throws {
    struct Held {
      var now = 0
      var most = 0
      var bytes = 0
      var mostBytes = 0
      var waiting: [CheckedContinuation<Void, Never>] = []
    }
    let held = Mutex(Held())
    let plan = PartPlan(
      stages: [.init(upTo: 4, length: 1000), .init(upTo: 8, length: 3000), .init(upTo: 12, length: 5000)], atOnce: 3,
      memory: 10_000)
    let store = try ObjectStore.answered { (request) async throws(HTTPFailure) in
      guard request.url.contains("partNumber"), case .bytes(let bytes) = request.body else {
        let root = request.url.contains("uploads") ? "Initiate" : "Complete"
        return response(
          200, "<\(root)MultipartUploadResult><UploadId>u</UploadId><ETag>e</ETag></\(root)MultipartUploadResult>",
          [("ETag", "\"e\""), ("Content-Length", "36000")])
      }
      held.withLock { held in
        held.now += 1
        held.most = max(held.most, held.now)
        held.bytes += bytes.count
        held.mostBytes = max(held.mostBytes, held.bytes)
      }
      // Held until the writer can do no more without it.
      for _ in 0..<200 { await Task.yield() }
      held.withLock { held in
        held.now -= 1
        held.bytes -= bytes.count
      }
      return response(200, "", [("ETag", "\"e\"")])
    }
    let writer = store.write("a", lock: nil, plan: plan)
    try await writer.append(sample(36_000))
    _ = await problem { () async throws(Problem) in try await writer.commit(replacing: true) }
    let (most, bytes) = held.withLock { ($0.most, $0.mostBytes) }
    #expect((2...3).contains(most))
    #expect(bytes <= plan.memory)
    let more = await problem { () async throws(Problem) in
      try await store.write("b", lock: nil, plan: plan).append(sample(36_001))
    }
    #expect(more?.code == "storage.too-large")
  }
}
