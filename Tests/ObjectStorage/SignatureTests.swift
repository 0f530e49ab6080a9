import Core
import FoundationEssentials
import JSONText
import OpenSSL
import TestSupport
import Testing

@testable import ObjectStorage

@Suite struct `Signing requests` {
  private static let empty = Digest.hex(Digest.sha256([]))

  struct Vector: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var method = "GET"
    var path = "/"
    var query: [(name: String, value: String)] = []
    var headers: [(name: String, value: String)] = []
    var body = ""
    var signature: String
  }

  /// The four examples of Amazon S3's API reference, "Signature Calculations for the Authorization Header".
  static let examples = [
    Vector(
      testDescription: "GET Object", path: "/test.txt", headers: [("Range", "bytes=0-9")],
      signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
    Vector(
      testDescription: "PUT Object", method: "PUT", path: "/test%24file.text",
      headers: [("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
      body: "Welcome to Amazon S3.", signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
    Vector(
      testDescription: "GET Bucket Lifecycle", query: [("lifecycle", "")],
      signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
    Vector(
      testDescription: "GET Bucket", query: [("prefix", "J"), ("max-keys", "2")],
      signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
  ]

  @Test(arguments: examples) func `as in Amazon's examples`(vector: Vector) throws {
    let digest = Digest.hex(Digest.sha256(Array(vector.body.utf8)))
    let signature = RequestSignature(
      method: vector.method, path: vector.path, query: vector.query,
      headers: vector.headers + [
        ("Host", "examplebucket.s3.amazonaws.com"), ("x-amz-date", "20130524T000000Z"),
        ("x-amz-content-sha256", digest),
      ], bodySHA256: digest, time: try #require(Timestamp("2013-05-24T00:00:00Z")), region: "us-east-1")
    let keys = StorageCredentials(
      accessKey: Secret("AKIAIOSFODNN7EXAMPLE"), secretKey: Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"))
    let names = (vector.headers.map { $0.name.lowercased() } + ["host", "x-amz-content-sha256", "x-amz-date"]).sorted()
    #expect(
      signature.authorization(keys)
        == "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders="
        + names.joined(separator: ";") + ",Signature=" + vector.signature)
  }

  /// Of Amazon's Signature Version 4 test suite.
  static let suite = [
    Vector(
      testDescription: "get-vanilla", signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    Vector(
      testDescription: "get-vanilla-query-order-key-case", query: [("Param2", "value2"), ("Param1", "value1")],
      signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
    Vector(
      testDescription: "get-header-value-trim", headers: [("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")],
      signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"),
    Vector(
      testDescription: "post-vanilla", method: "POST",
      signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
  ]

  @Test(arguments: suite) func `as in Amazon's suite`(vector: Vector) throws {
    let signature = RequestSignature(
      method: vector.method, path: vector.path, query: vector.query,
      headers: vector.headers + [("Host", "example.amazonaws.com"), ("X-Amz-Date", "20150830T123600Z")],
      bodySHA256: Self.empty, time: try #require(Timestamp("2015-08-30T12:36:00Z")), region: "us-east-1",
      service: "service")
    #expect(signature.signature(Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")) == vector.signature)
  }

  /// botocore signs the same requests: names and values of every kind, drawn from a seed.
  @Test func `as botocore signs`() throws {
    var generator = Seeded(state: 0x5eed)
    let alphabet = Array("abcXYZ019 -._~!$&'()*+,;=:@/?#[]%\"<>|\\^`{}é漢🏥")
    func text(_ length: Int) -> String {
      String((0..<length).map { _ in alphabet[Int(generator.next() % UInt64(alphabet.count))] })
    }
    let keys = StorageCredentials(accessKey: Secret("AKIDEXAMPLE"), secretKey: Secret(text(40)))
    let time = Timestamp(seconds: 1_795_000_000)
    var requests: [JSON] = []
    var ours: [String] = []
    for _ in 0..<200 {
      let folder = String(text(8).filter { $0 != "/" && $0 != " " }) + "x"
      let address = try BucketAddress(
        "s3://bucket/" + folder, region: "sa-east-1", endpoint: "https://storage.example:8443")
      let query = (0..<Int(generator.next() % 4)).map { (name: "q\($0)" + text(3), value: text(6)) }
      let headers: [(name: String, value: String)] = [
        ("x-amz-meta-a", value: text(9).filter(\.isASCII).trimmed), ("x-amz-content-sha256", Self.empty),
        ("x-amz-date", RequestSignature.stamp(time)),
      ]
      let path = address.path("name")
      let signature = RequestSignature(
        method: "GET", path: path, query: query, headers: headers + [("host", address.host)], bodySHA256: Self.empty,
        time: time, region: "sa-east-1")
      ours.append(signature.authorization(keys))
      requests.append([
        "url": .string(address.url(path, RequestSignature.sorted(query))),
        "headers": .object(headers.map { .init($0.name, .string($0.value)) }),
      ])
    }
    let folder = try TemporaryFolder()
    let file = try folder.write(
      JSON.dictionary([
        ("secret", .string(keys.secretKey.reveal())), ("time", .string(RequestSignature.stamp(time))),
        ("requests", .array(requests)),
      ]).text(), to: "requests.json")
    let signer = try BackgroundProgram([
      BackgroundProgram.interpreter, BackgroundProgram.programs + "/sign-requests.py", file,
    ])
    let theirs = try JSON(parsing: signer.firstLine).array?.compactMap(\.string) ?? []
    #expect(theirs.count == ours.count)
    for (own, other) in zip(ours, theirs) { #expect(own == other.replacing(", ", with: ",")) }
  }
}

private struct Seeded {
  var state: UInt64
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 33
  }
}

extension String {
  fileprivate var trimmed: String { split(separator: " ").joined(separator: " ") }
}
