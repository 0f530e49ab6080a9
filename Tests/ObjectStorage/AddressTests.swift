import Core
import TestSupport
import Testing

@testable import ObjectStorage

@Suite struct `The address of a bucket` {
  struct Case: Sendable, CustomTestStringConvertible {
    var text: String
    var region = "sa-east-1"
    var endpoint: String?
    var addressing: BucketAddress.Addressing?
    var url: String
    var host: String
    var testDescription: String { url }
  }

  static let cases = [
    Case(
      text: "s3://clinic/prod/snapshots", url: "https://clinic.s3.sa-east-1.amazonaws.com/prod/snapshots/a.json",
      host: "clinic.s3.sa-east-1.amazonaws.com"),
    Case(
      text: "s3://clinic", region: "cn-north-1", url: "https://clinic.s3.cn-north-1.amazonaws.com.cn/a.json",
      host: "clinic.s3.cn-north-1.amazonaws.com.cn"),
    Case(
      text: "s3://my.clinic/", url: "https://s3.sa-east-1.amazonaws.com/my.clinic/a.json",
      host: "s3.sa-east-1.amazonaws.com"),
    Case(
      text: "s3://clinic/a", endpoint: "https://storage.example:8443/",
      url: "https://storage.example:8443/clinic/a/a.json", host: "storage.example:8443"),
    Case(
      text: "s3://clinic", endpoint: "https://storage.example", addressing: .host,
      url: "https://clinic.storage.example/a.json", host: "clinic.storage.example"),
    Case(
      text: "s3://clinic/ã b".replacing(" ", with: ""), endpoint: "http://127.0.0.1:9000",
      url: "http://127.0.0.1:9000/clinic/%C3%A3b/a.json", host: "127.0.0.1:9000"),
  ]

  @Test(arguments: cases) func `is what requests are sent to`(asked: Case) throws {
    let address = try BucketAddress(
      asked.text, region: asked.region, endpoint: asked.endpoint, addressing: asked.addressing)
    #expect(address.url(address.path("a.json"), "") == asked.url)
    #expect(address.host == asked.host)
  }

  @Test(
    arguments: [
      ("https://clinic", "sa-east-1", nil), ("s3://", "sa-east-1", nil), ("s3://a", "sa-east-1", nil),
      ("s3://Clinic", "sa-east-1", nil), ("s3://a..b", "sa-east-1", nil), ("s3://-ab", "sa-east-1", nil),
      ("s3://clinic//x", "sa-east-1", nil), ("s3://clinic/../x", "sa-east-1", nil), ("s3://clinic/.", "sa-east-1", nil),
      ("s3://clinic/a\nb", "sa-east-1", nil), ("s3://clinic", "", nil), ("s3://clinic", "evil.example/", nil),
      ("s3://clinic", "sa-east-1", "http://storage.example"), ("s3://clinic", "sa-east-1", "https://a.example/path"),
      ("s3://clinic", "sa-east-1", "https://me:word@a.example"),
    ] as [(String, String, String?)])
  func `that cannot be one is refused`(text: String, region: String, endpoint: String?) {
    #expect(throws: Problem.self) { try BucketAddress(text, region: region, endpoint: endpoint) }
  }
}

@Suite struct `The parts of an object` {
  @Test func `suffice, and are few in memory`() throws {
    let plan = PartPlan.standard
    var total: Int64 = 0
    for number in 1...10_000 {
      let length = try #require(plan.length(ofPart: number))
      #expect(length >= 5 << 20, "a service takes no smaller part but the last")
      #expect(2 * length <= plan.memory, "one is sent while the next is filled")
      total += Int64(length)
    }
    #expect(plan.length(ofPart: 10_001) == nil)
    #expect(total == plan.limit)
    #expect(plan.limit >> 30 == 226)
    #expect(plan.memory < 64 << 20)
  }
}

@Suite struct `What a service answers` {
  @Test(arguments: [
    "", "not XML", "<a>", "<a></b>", "<a/><b/>", "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
    String(repeating: "<a>", count: 20) + String(repeating: "</a>", count: 20),
    "<a " + String(repeating: "b", count: 200_000) + "=''/>",
    "<a>" + String(repeating: "<b/>", count: 60_001) + "</a>",
  ]) func `is nothing when it is hostile`(text: String) {
    #expect(AnswerElement(parsing: Array(text.utf8)) == nil)
  }

  @Test func `is a tree of names and texts`() throws {
    let text = "\n  <?xml version=\"1.0\"?><R xmlns=\"u\">\n <C><K>a&amp;b</K><S>1</S></C><C><K>c</K></C><T/></R>\n"
    let root = try #require(AnswerElement(parsing: Array(text.utf8)))
    #expect(root.name == "R")
    #expect(root.all("C").map { $0["K"]?.text } == ["a&b", "c"])
    #expect(root["C"]?["S"]?.text == "1")
    #expect(root["T"]?.text == "")
    #expect(root["X"] == nil)
  }
}
