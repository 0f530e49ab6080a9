import Core
import HTTP
import TestSupport
import Testing

@testable import ObjectStorage

@Suite struct `Storing objects` {
  @Test(arguments: [0, 1, 70_000]) func `a small one goes in one request and comes back`(count: Int) async throws {
    let service = try StorageService()
    let store = try ObjectStore.at(service)
    try await store.store(sample(count), as: "a.json")
    #expect(try await store.objects() == [ListedObject(name: "a.json", bytes: Int64(count))])
    #expect(try await store.bytes(of: "a.json") == sample(count))
    let puts = try service.seen.filter { $0.method == "PUT" }
    #expect(puts.count == 1)
    #expect(puts.first?.headers["if-none-match"]?.string == "*")
    #expect(puts.first?.headers["x-amz-checksum-sha256"]?.string != nil)
    #expect(try !service.seen.contains { $0.headers["x-amz-content-sha256"]?.string == "UNSIGNED-PAYLOAD" })
  }

  @Test func `a large one goes in parts and comes back`() async throws {
    let service = try StorageService()
    let store = try ObjectStore.at(service)
    let bytes = sample(13_000_000)
    try await store.store(bytes, as: "a.dump.zst")
    #expect(try await store.object("a.dump.zst")?.bytes == Int64(bytes.count))
    #expect(try await store.bytes(of: "a.dump.zst") == bytes)
    let parts = try service.seen.filter { $0.path.contains("partNumber") }
    #expect(parts.map(\.bytes).sorted() == [13_000_000 - (10 << 20), 5 << 20, 5 << 20])
    #expect(parts.allSatisfy { $0.headers["x-amz-checksum-sha256"]?.string != nil })
    #expect(try service.seen.contains { $0.method == "POST" && $0.headers["if-none-match"]?.string == "*" })
  }

  @Test func `one that ends with a whole part is whole`() async throws {
    let service = try StorageService()
    let store = try ObjectStore.at(service)
    try await store.store(sample(10 << 20), as: "a")
    #expect(try await store.object("a")?.bytes == 10 << 20)
  }

  @Test func `nothing is under the name before the end`() async throws {
    let store = try ObjectStore.at(try StorageService())
    let writer = store.write("a", lock: nil, plan: .small)
    try await writer.append(sample(11 << 20))
    #expect(try await store.objects().isEmpty)
    #expect(try await store.openUploads().uploads.map(\.name) == ["a"])
    await writer.abandon()
    #expect(try await store.objects().isEmpty)
    #expect(try await store.openUploads().uploads.isEmpty)
  }

  @Test(arguments: [10, 6 << 20]) func `what is there stays, unless it is to be replaced`(count: Int) async throws {
    let store = try ObjectStore.at(try StorageService())
    try await store.store([1, 2, 3], as: "a")
    let found = await problem { () async throws(Problem) in try await store.store(sample(count), as: "a") }
    #expect(found?.code == "storage.exists")
    #expect(try await store.bytes(of: "a") == [1, 2, 3])
    try await store.store(sample(count), as: "a", replacing: true)
    #expect(try await store.bytes(of: "a") == sample(count))
    #expect(try await store.openUploads().uploads.isEmpty)
  }

  @Test func `after a commit nothing is taken back`() async throws {
    let store = try ObjectStore.at(try StorageService())
    let writer = store.write("a", lock: nil, plan: .small)
    try await writer.append(sample(6 << 20))
    try await writer.commit(replacing: false)
    await writer.abandon()
    #expect(try await store.object("a")?.bytes == 6 << 20)
  }

  @Test func `removing what is not there is no problem`() async throws {
    let store = try ObjectStore.at(try StorageService())
    try await store.remove("a")
    try await store.store([1], as: "a")
    try await store.remove("a")
    #expect(try await store.objects().isEmpty)
  }

  @Test func `a listing has every name, and nothing of other folders`() async throws {
    let service = try StorageService()
    let store = try ObjectStore.at(service)
    try await ObjectStore.at(service, prefix: "/clinic/prod/below").store([1], as: "x")
    try await ObjectStore.at(service, prefix: "/clinic/production").store([1], as: "y")
    let names = ["a b", "a+b", "a%2Fb", "a&b", "ã", "z"]
    for name in names { try await store.store([1], as: name) }
    #expect(Set(try await store.objects().map(\.name)) == Set(names))
  }

  @Test func `a request that is changed on its way is refused`() async throws {
    let store = try ObjectStore.at(try StorageService(), transport: Changing(base: CurlTransport()))
    let found = await problem { () async throws(Problem) in try await store.objects() }
    #expect(found?.code == "storage.key")
  }

  @Test(arguments: [ObjectLock.Mode.governance, .compliance])
  func `a lock is asked for, read back and respected`(mode: ObjectLock.Mode) async throws {
    let store = try ObjectStore.at(try StorageService(locking: true))
    let lock = ObjectLock(mode: mode, for: .seconds(90 * 86_400))
    for (name, count) in [("small", 10), ("large", 6 << 20)] {
      try await store.store(sample(count), as: name, lock: lock)
      let found = try #require(try await store.object(name))
      #expect(found.lockMode == mode.rawValue)
      #expect(try #require(found.lockedUntil) - store.timing.now() > .seconds(89 * 86_400))
      let refused = await problem { () async throws(Problem) in try await store.remove(name) }
      #expect(refused?.code == "storage.locked")
      #expect(try await store.bytes(of: name) == sample(count))
    }
  }

  @Test func `an object is locked afterwards`() async throws {
    let store = try ObjectStore.at(try StorageService(locking: true))
    try await store.refuseUnlockable()
    try await store.store([1], as: "a")
    #expect(try await store.object("a")?.lockedUntil == nil)
    try await store.lock("a", ObjectLock(mode: .compliance, for: .seconds(90 * 86_400)))
    #expect(try await store.object("a")?.lockMode == "compliance")
  }

  @Test func `an object under a legal hold is seen and stays, until somebody takes the hold away`() async throws {
    let store = try ObjectStore.at(try StorageService(locking: true))
    try await store.store([1], as: "a")
    #expect(try await store.object("a")?.isHeld == false)
    for isHeld in [true, false] {
      var call = StorageCall("PUT", "a", what: "the object could not be held", permission: "s3:PutObjectLegalHold")
      call.query = [("legal-hold", "")]
      call.headers = [("Content-Type", "application/xml")]
      call.setsLock = true
      call.body = Array("<LegalHold><Status>\(isHeld ? "ON" : "OFF")</Status></LegalHold>".utf8)
      _ = try await store.send(call)
      let refused = await problem { () async throws(Problem) in try await store.remove("a") }
      #expect(refused?.code == (isHeld ? "storage.locked" : nil))
      #expect(try await (store.object("a")?.isHeld == true) == isHeld)
    }
  }

  @Test func `a bucket without locks takes no locked object`() async throws {
    let store = try ObjectStore.at(try StorageService())
    let early = await problem { () async throws(Problem) in try await store.refuseUnlockable() }
    #expect(early?.code == "storage.lock")
    let found = await problem { () async throws(Problem) in
      try await store.store([1], as: "a", lock: ObjectLock(for: .seconds(86_400)))
    }
    #expect(found?.code == "storage.lock")
    #expect(try await store.objects().isEmpty)
  }

  @Test func `a lock that the service forgets is no lock`() async throws {
    let service = try StorageService(
      locking: true, rules: [["method": "HEAD", "answer": ["x-amz-object-lock-retain-until-date": .null]]])
    let store = try ObjectStore.at(service)
    let found = await problem { () async throws(Problem) in
      try await store.store([1], as: "a", lock: ObjectLock(for: .seconds(86_400)))
    }
    #expect(found?.code == "storage.lock")
    #expect(try service.seen.contains { $0.method == "DELETE" }, "what is not as asked for is removed")
  }

  @Test func `lent keys are sent with their token`() async throws {
    let service = try StorageService()
    let store = try ObjectStore.at(service, keys: service.keys("lent"))
    try await store.store([1, 2], as: "a")
    #expect(try await store.bytes(of: "a") == [1, 2])
  }

  @Test func `a bucket may be named in the host`() async throws {
    let service = try StorageService()
    let store = try ObjectStore.at(service, endpoint: service.hostEndpoint, addressing: .host)
    try await store.store(sample(6 << 20), as: "a")
    #expect(try await store.bytes(of: "a") == sample(6 << 20))
    #expect(
      try service.seen.allSatisfy { $0.headers["host"]?.string?.hasPrefix(service.bucket + ".localhost") == true })
  }

  @Test func `TLS is spoken, and an unknown authority is told`() async throws {
    let service = try StorageService()
    let trusting = CurlTransport(environment: ["SSL_CERT_FILE": service.authority])
    let store = try ObjectStore.at(service, endpoint: service.encryptedEndpoint, transport: trusting)
    try await store.store(sample(6 << 20), as: "a")
    #expect(try await store.bytes(of: "a") == sample(6 << 20))
    let doubting = try ObjectStore.at(service, endpoint: service.encryptedEndpoint)
    let found = await problem { () async throws(Problem) in try await doubting.objects() }
    #expect(found?.code == "storage.unreachable")
    #expect(found?.remedy?.contains("SSL_CERT_FILE") == true)
  }
}

/// Asks for other than was signed.
private struct Changing: HTTPTransport {
  let base: CurlTransport
  func send(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
    var changed = request
    changed.url += "&max-keys=2"
    return try await base.send(changed)
  }
}
