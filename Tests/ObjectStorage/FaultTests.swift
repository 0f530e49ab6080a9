import Core
import HTTP
import Synchronization
import TestSupport
import Testing

@testable import ObjectStorage

@Suite struct `When the service or the way to it fails` {
  /// What happens to the second part, once or twice.
  struct Fault: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var rule: [(String, JSON)]
  }

  static let passing = [
    Fault(testDescription: "503 SlowDown", rule: [("status", 503), ("code", "SlowDown")]),
    Fault(testDescription: "500", rule: [("status", 500)]),
    Fault(testDescription: "502 with HTML", rule: [("status", 502), ("body", "<html>bad gateway</html>")]),
    Fault(testDescription: "504", rule: [("status", 504)]),
    Fault(testDescription: "400 RequestTimeout", rule: [("status", 400), ("code", "RequestTimeout")]),
    Fault(testDescription: "a cut connection", rule: [("drop", true)]),
    Fault(testDescription: "an answer lost after the work", rule: [("drop", true), ("late", true)]),
    Fault(testDescription: "a changed byte", rule: [("flip", "request")]),
    Fault(testDescription: "an answer without an ETag", rule: [("answer", ["etag": .null])]),
  ]

  @Test(arguments: passing) func `a part is sent again`(fault: Fault) async throws {
    let rule = JSON.dictionary(fault.rule + [("method", "PUT"), ("match", "partNumber=2"), ("times", 2)])
    let service = try StorageService(rules: [rule])
    let timing = ManualTiming()
    let store = try ObjectStore.at(service, timing: timing)
    try await store.store(sample(12 << 20), as: "a")
    #expect(try await store.bytes(of: "a") == sample(12 << 20))
    #expect(try service.seen.count { $0.path.contains("partNumber=2") } == 3)
    // libcurl itself asks again when a connection that was kept turns out to be cut.
    #expect(timing.slept == Array([.milliseconds(125), .milliseconds(250)].prefix(timing.slept.count)))
    #expect(!timing.slept.isEmpty)
  }

  @Test(arguments: [
    ("AccessDenied", 403, "storage.not-allowed"), ("QuotaExceeded", 403, "storage.full"),
    ("SlowDown", 503, "storage.busy"), ("NoSuchUpload", 404, "storage.upload-gone"),
  ]) func `what lasts ends the upload and leaves nothing`(code: String, status: Int, name: String) async throws {
    let service = try StorageService(rules: [
      ["method": "PUT", "match": "partNumber=2", "status": .integer(Int64(status)), "code": .string(code)]
    ])
    let store = try ObjectStore.at(service)
    let found = await problem { () async throws(Problem) in try await store.store(sample(12 << 20), as: "a") }
    #expect(found?.code == name)
    #expect(found?.place == store.address.shown("a"))
    #expect(try await store.objects().isEmpty)
    #expect(try await store.openUploads().uploads.isEmpty)
  }

  @Test func `parts that are put together with an error inside of a 200 are no object`() async throws {
    let service = try StorageService(rules: [
      ["method": "POST", "match": "uploadId", "status": 200, "body": .string(errorText("AccessDenied"))]
    ])
    let store = try ObjectStore.at(service)
    let found = await problem { () async throws(Problem) in try await store.store(sample(6 << 20), as: "a") }
    #expect(found?.code == "storage.not-allowed")
    #expect(try await store.objects().isEmpty)
    #expect(try await store.openUploads().uploads.isEmpty)
  }

  @Test func `an error inside of a 200 that passes is tried again`() async throws {
    let service = try StorageService(rules: [
      [
        "method": "POST", "match": "uploadId", "status": 200, "times": 2,
        "body": .string("   \n" + errorText("InternalError")),
      ]
    ])
    let store = try ObjectStore.at(service)
    try await store.store(sample(6 << 20), as: "a")
    #expect(try await store.bytes(of: "a") == sample(6 << 20))
  }

  @Test(arguments: [10, 6 << 20], [false, true])
  func `an object whose answer was lost is known to be ours`(count: Int, isReplacing: Bool) async throws {
    let last = count == 10 ? "PUT" : "POST"
    let service = try StorageService(rules: [
      ["method": .string(last), "match": count == 10 ? "" : "uploadId", "drop": true, "late": true, "times": 1]
    ])
    let store = try ObjectStore.at(service)
    try await store.store(sample(count), as: "a", replacing: isReplacing)
    #expect(try await store.bytes(of: "a") == sample(count))
  }

  @Test func `of two that write one name at once, one is told`() async throws {
    // The first look is the other one's, after its work; ours comes before it.
    let service = try StorageService(rules: [["method": "HEAD", "status": 404, "skip": 1, "times": 1]])
    let store = try ObjectStore.at(service)
    let other = try ObjectStore.at(service)
    let first = other.write("a", lock: nil, plan: .small)
    try await first.append([1, 2, 3])
    try await first.commit(replacing: true)
    let found = await problem { () async throws(Problem) in try await store.store([4], as: "a") }
    #expect(found?.code == "storage.exists")
    #expect(try await store.bytes(of: "a") == [1, 2, 3])
  }

  @Test(arguments: ["NotImplemented", "InvalidArgument"])
  func `a service without checksums or conditions is asked without them`(code: String) async throws {
    let service = try StorageService(rules: [
      ["header": "x-amz-checksum-sha256", "status": 501, "code": .string(code)],
      ["header": "x-amz-checksum-algorithm", "status": 501, "code": .string(code)],
      ["header": "if-none-match", "status": 501, "code": .string(code)],
    ])
    let store = try ObjectStore.at(service)
    try await store.store(sample(12 << 20), as: "large")
    try await store.store([1], as: "small")
    #expect(try await store.bytes(of: "large") == sample(12 << 20))
    let refused = try service.seen.filter { $0.status == "501" }.count
    #expect(refused <= 6, "what was found out is remembered")
    let last = try #require(try service.seen.last { $0.method == "PUT" })
    #expect(last.headers["content-md5"]?.string != nil)
    let again = await problem { () async throws(Problem) in try await store.store([2], as: "small") }
    #expect(again?.code == "storage.exists")
  }

  @Test func `what is damaged at the service is told and removed`() async throws {
    let service = try StorageService(rules: [["method": "HEAD", "skip": 1, "answer": ["content-length": "4"]]])
    let store = try ObjectStore.at(service)
    let found = await problem { () async throws(Problem) in try await store.store([1, 2, 3, 4, 5], as: "a") }
    #expect(found?.code == "storage.damaged")
    #expect(try await store.objects().isEmpty)
  }

  // MARK: Reading

  @Test(arguments: [
    Fault(testDescription: "a cut answer", rule: [("cut", 1_000_000)]),
    Fault(testDescription: "a cut connection", rule: [("drop", true)]),
    Fault(testDescription: "503", rule: [("status", 503), ("code", "SlowDown")]),
    Fault(testDescription: "another part", rule: [("answer", ["content-range": "bytes 0-4194303/13000000"])]),
    Fault(testDescription: "another length", rule: [("answer", ["content-range": "bytes 4194304-8388607/13000001"])]),
    Fault(testDescription: "the whole", rule: [("strip", ["range"])]),
  ]) func `a piece is asked for again, and no other`(fault: Fault) async throws {
    let rule = JSON.dictionary(fault.rule + [("method", "GET"), ("match", "/a"), ("skip", 1), ("times", 1)])
    let service = try StorageService(rules: [rule])
    let store = try ObjectStore.at(service)
    try await store.store(sample(13_000_000), as: "a")
    if fault.testDescription == "the whole" {
      let found = await problem { () async throws(Problem) in try await store.bytes(of: "a") }
      #expect(found?.code == "storage.garbled" || found?.code == "storage.key")
    } else {
      #expect(try await store.bytes(of: "a") == sample(13_000_000))
      #expect(try service.seen.filter { $0.method == "GET" }.count == 5)
    }
  }

  @Test func `an object that is replaced while it is read is told`() async throws {
    let service = try StorageService()
    let store = try ObjectStore.at(service)
    try await store.store(sample(30 << 20), as: "a")
    let replaced = Mutex(false)
    let found = await problem { () async throws(Problem) in
      try await store.read("a") { (_) async throws(Problem) in
        if replaced.withLock({ old in
          defer { old = true }; return !old
        }) {
          try await store.store(sample(29 << 20), as: "a", replacing: true)
        }
      }
    }
    #expect(found?.code == "storage.changed")
  }

  @Test func `an object that is not there is told`() async throws {
    let store = try ObjectStore.at(try StorageService())
    let found = await problem { () async throws(Problem) in try await store.bytes(of: "a") }
    #expect(found?.code == "storage.missing")
    #expect(try await store.object("a") == nil)
  }

  @Test func `a reader that has enough ends the reading`() async throws {
    let store = try ObjectStore.at(try StorageService())
    try await store.store(sample(20 << 20), as: "a")
    let found = await problem { () async throws(Problem) in
      try await store.read("a") { (_) async throws(Problem) in throw Problem("test.enough", "enough") }
    }
    #expect(found?.code == "test.enough")
  }

  // MARK: Cancelling and unfinished uploads

  @Test func `cancelling takes the parts back`() async throws {
    let service = try StorageService(rules: [["method": "PUT", "match": "partNumber=2", "hang": true]])
    let store = try ObjectStore.at(service)
    let work = Task { () -> Problem? in
      await problem { () async throws(Problem) in try await store.store(sample(12 << 20), as: "a") }
    }
    while try !service.seen.contains(where: { $0.status == "hang" }) { await Task.yield() }
    work.cancel()
    #expect(await work.value?.code == "storage.interrupted")
    #expect(try await store.objects().isEmpty)
    #expect(try await store.openUploads().uploads.isEmpty)
  }

  @Test func `uploads that nobody ended are ended when they are old and ours`() async throws {
    let service = try StorageService()
    let store = try ObjectStore.at(service)
    let elsewhere = try ObjectStore.at(service, prefix: "/clinic/prod/below")
    for (place, name) in [(store, "a.dump.zst"), (store, "theirs"), (elsewhere, "b.dump.zst")] {
      try await place.write(name, lock: nil, plan: .small).append(sample(6 << 20))
    }
    while try service.seen.count(where: { $0.path.contains("partNumber=1") }) < 3 { await Task.yield() }
    // The service dates every upload to 2010.
    let none = try await store.endUploads(olderThan: .seconds(36_500 * 86_400)) { _ in true }
    #expect(none == 0)
    let ended = try await store.endUploads(olderThan: .seconds(86_400)) { $0.hasSuffix(".dump.zst") }
    #expect(ended == 1)
    #expect(try await store.openUploads().uploads.map(\.name) == ["theirs"])
    #expect(try await elsewhere.openUploads().uploads.map(\.name) == ["b.dump.zst"])
  }
}
