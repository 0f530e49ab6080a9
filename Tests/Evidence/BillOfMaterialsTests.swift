import Core
import Evidence
import Testing

private typealias Term = LicenceFacts.Term

func licences(_ text: String) throws -> LicenceFacts {
  guard case .licences(let facts) = try read(text).facts else { throw Unexpected() }
  return facts
}

@Suite struct CycloneDXReaderTests {
  private func bill(_ components: String, version: String = "1.6", more: String = "") -> String {
    #"{"bomFormat":"CycloneDX","specVersion":"\#(version)",\#(more)"components":[\#(components)]}"#
  }

  private func xml(_ components: String, version: String = "1.6") -> String {
    """
    <?xml version="1.0"?><!-- made by hand --><bom xmlns="http://cyclonedx.org/schema/bom/\(version)"><metadata>
    <timestamp>2026-11-21T01:00:00Z</timestamp><tools><components><component type="application"><name>tool</name>
    <licenses><license><id>GPL-3.0-only</id></license></licenses></component></components></tools>
    <component><name>product</name></component></metadata><components>\(components)</components></bom>
    """
  }

  @Test func `components count, those within others too, and the tools and the product do not`() throws {
    let json = try licences(
      bill(
        #"{"type":"library","name":"a","version":"1","licenses":[{"license":{"id":"MIT"}}],"components":[{"name":"b"}]}"#,
        more: #""metadata":{"component":{"name":"product"},"tools":{"components":[{"name":"tool"}]}},"#))
    #expect(json.components == 2)
    #expect(json.unlicensed == 1)
    #expect(json.groups[[.id("MIT")]]?.components.map(\.shown) == ["a@1"])
    let same = try licences(
      xml(
        "<component type='library'><name>a</name><version>1</version><licenses><license><id>MIT</id></license></licenses>"
          + "<pedigree><ancestors><component><name>older</name></component></ancestors></pedigree>"
          + "<components><component><name>b</name></component></components></component>"))
    #expect(same.components == json.components)
    #expect(same.groups == json.groups)
  }

  @Test(arguments: [
    (#"[{"license":{"id":"MIT"}},{"license":{"name":"Own"}}]"#, [Term.id("MIT"), .name("Own")]),
    (#"[{"expression":"MIT OR ISC"}]"#, [.expression("MIT OR ISC")]),
    (#"[{"expression":" MIT "}]"#, [.expression("MIT")]),
    (
      #"[{"license":{"id":"MIT","acknowledgement":"declared"}},{"expression":"ISC","acknowledgement":"concluded"}]"#,
      [.expression("ISC")]
    ),
    (#"[{"license":{"id":"MIT","acknowledgement":"concluded"}},{"license":{"id":"ISC"}}]"#, [.id("MIT")]),
    (#"[{"license":{"url":"https://a.example"}}]"#, [.unreadable]), (#"[{}]"#, [.unreadable]), ("[]", []),
    ("null", []),
  ])
  func `what a component states of its licences`(list: String, expected: [LicenceFacts.Term]) throws {
    #expect(try licences(bill(#"{"name":"a","licenses":\#(list)}"#)).groups.keys.first == expected)
  }

  @Test(arguments: [
    (
      "<license><id>MIT</id><text>long</text></license><license><name>Own</name></license>",
      [Term.id("MIT"), .name("Own")]
    ),
    ("<expression acknowledgement='declared'>MIT OR ISC</expression>", [.expression("MIT OR ISC")]),
    (
      "<license acknowledgement='concluded'><id>MIT</id></license><license><id>ISC</id></license>", [.id("MIT")]
    ),
    ("<license><url>https://a.example</url></license>", [.unreadable]), ("", []),
  ])
  func `what a component states in XML`(list: String, expected: [LicenceFacts.Term]) throws {
    let facts = try licences(xml("<component><name>a</name><licenses>\(list)</licenses></component>"))
    #expect(facts.groups.keys.first == expected)
  }

  @Test func `the version must be one that is read`() throws {
    for version in ["1.2", "1.7"] { #expect(try licences(bill(#"{"name":"a"}"#, version: version)).components == 1) }
    for version in ["1.0", "1.7"] {
      #expect(try licences(xml("<component><name>a</name></component>", version: version)).components == 1)
    }
    #expect(fault(bill("", version: "2.0"))?.kind == .unrecognised)
    #expect(fault(xml("", version: "2.0"))?.kind == .unrecognised)
    #expect(fault("<bom/>")?.kind == .unrecognised)
  }

  @Test func `a document of vulnerabilities alone lists no component`() throws {
    let read = try read(#"{"bomFormat":"CycloneDX","specVersion":"1.5","vulnerabilities":[{"id":"CVE-2026-1"}]}"#)
    guard case .licences(let facts) = read.facts else { throw Unexpected() }
    #expect(facts.components == 0)
    #expect(read.warnings == ["it tells of vulnerabilities and lists no component"])
  }

  @Test func `a bill that says that it is incomplete is told`() throws {
    let read = try read(bill(#"{"name":"a"}"#, more: #""compositions":[{"aggregate":"incomplete"}],"#))
    #expect(read.warnings == ["it says that it is incomplete"])
  }

  @Test(arguments: [
    (#""a""#, "no object"), (#"{"name":"a","licenses":{}}"#, "no list"),
    (#"{"name":"a","licenses":["MIT"]}"#, "no object"),
    (#"{"name":"a","licenses":[{"license":{"id":1}}]}"#, "no text"), (#"{"name":"a","components":{}}"#, "no list"),
    (
      String(repeating: #"{"name":"a","components":["#, count: 30) + String(repeating: "]}", count: 30), "deeper"
    ),
  ])
  func `what is malformed is refused at its place`(component: String, why: String) {
    let found = fault(bill(component))
    #expect(found?.kind == .unreadable)
    #expect(found?.line == 1)
    #expect(found?.why.contains(why) == true, "\(found?.why ?? "")")
  }

  @Test func `what is kept does not grow with the bill`() throws {
    let many = (0..<3000).map { #"{"name":"c\#($0)","licenses":[{"license":{"id":"MIT"}}]}"# }
    let facts = try licences(bill(many.joined(separator: ",")))
    #expect(facts.components == 3000)
    #expect(facts.groups.count == 1)
    #expect(facts.groups[[.id("MIT")]]?.components.count == LicenceFacts.shownComponents)
    let long = try licences(
      bill(#"{"name":"a","licenses":[{"expression":"\#(String(repeating: "M", count: 9000))"}]}"#))
    #expect(long.groups.keys.first == [.unreadable])
    let list = Array(repeating: #"{"license":{"id":"MIT"}}"#, count: 300).joined(separator: ",")
    #expect(try licences(bill(#"{"name":"a","licenses":[\#(list)]}"#)).groups.keys.first == [.unreadable])
    let kinds = (0...LicenceFacts.mostGroups).map { #"{"name":"c","licenses":[{"license":{"name":"L\#($0)"}}]}"# }
    #expect(fault(bill(kinds.joined(separator: ",")))?.why.contains("more different licences") == true)
  }
}

@Suite struct SPDXReaderTests {
  private func document(_ packages: String, more: String = "", version: String = "SPDX-2.3") -> String {
    #"{"spdxVersion":"\#(version)","SPDXID":"SPDXRef-DOCUMENT","creationInfo":{"created":"2026-11-21T01:00:00Z"},\#(more)"packages":[\#(packages)]}"#
  }

  private func package(_ concluded: String?, _ declared: String?, id: String = "SPDXRef-a") -> String {
    #"{"name":"a","SPDXID":"\#(id)","versionInfo":"1""#
      + (concluded.map { #","licenseConcluded":"\#($0)""# } ?? "")
      + (declared.map { #","licenseDeclared":"\#($0)""# } ?? "") + "}"
  }

  private func tags(_ concluded: String?, _ declared: String?) -> String {
    "# made by hand\nSPDXVersion: SPDX-2.3\nPackageName: a\nSPDXID: SPDXRef-a\nPackageVersion: 1\n"
      + "PackageComment: <text>one\nPackageLicenseDeclared: Other\n</text>\n"
      + (concluded.map { "PackageLicenseConcluded: \($0)\n" } ?? "")
      + (declared.map { "PackageLicenseDeclared: \($0)\n" } ?? "") + "FileName: ./b\nLicenseConcluded: GPL-3.0-only\n"
  }

  private func graph(_ concluded: String?, _ declared: String?) -> String {
    func relation(_ kind: String, _ to: String?) -> String {
      guard let to else { return "" }
      return
        #",{"type":"Relationship","spdxId":"urn:\#(kind)","from":"urn:a","to":["\#(to)"],"relationshipType":"\#(kind)"}"#
    }
    func id(_ text: String?) -> String? {
      guard let text else { return nil }
      return text == "NOASSERTION" ? "https://spdx.org/rdf/3.0.1/terms/Licensing/NoAssertion" : "urn:licence:\(text)"
    }
    let expressions = Set([concluded, declared].compactMap { $0 }).map {
      #",{"type":"simplelicensing_LicenseExpression","spdxId":"urn:licence:\#($0)","simplelicensing_licenseExpression":"\#($0)"}"#
    }
    return
      #"{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[{"type":"CreationInfo","specVersion":"3.0.1"},"#
      + #"{"type":"software_Package","spdxId":"urn:a","name":"a","software_packageVersion":"1"}"#
      + relation("hasConcludedLicense", id(concluded)) + relation("hasDeclaredLicense", id(declared))
      + expressions.sorted().joined() + "]}"
  }

  @Test(arguments: [
    ("MIT", "ISC", [Term.expression("MIT")]), ("NOASSERTION", "ISC", [.expression("ISC")]),
    (nil, "ISC OR MIT", [.expression("ISC OR MIT")]), ("NOASSERTION", "NOASSERTION", [.expression("NOASSERTION")]),
    ("NONE", "MIT", [.expression("NONE")]), ("NOASSERTION", nil, [.expression("NOASSERTION")]), (nil, nil, []),
    ("LicenseRef-1", nil, [.expression("LicenseRef-1")]),
  ])
  func `what was concluded counts, else what was declared`(
    concluded: String?, declared: String?, expected: [LicenceFacts.Term]
  ) throws {
    var texts = [document(package(concluded, declared)), tags(concluded, declared)]
    texts.append(#"{"sbom":\#(texts[0])}"#)
    if concluded != "NONE" { texts.append(graph(concluded, declared)) }
    for text in texts {
      let read = try read(text)
      guard case .licences(let facts) = read.facts else { throw Unexpected() }
      #expect(read.format == .spdx)
      #expect(facts.groups.keys.map { $0 } == [expected], "\(text)")
      #expect(facts.groups.values.first?.components.map(\.shown) == ["a@1"])
    }
  }

  @Test func `the one package that a document describes needs no licence of its own`() throws {
    let two = package("NOASSERTION", nil, id: "SPDXRef-root") + "," + package("MIT", nil)
    let relation =
      #""relationships":[{"spdxElementId":"SPDXRef-DOCUMENT","relationshipType":"DESCRIBES","relatedSpdxElement":"SPDXRef-root"}],"#
    for more in [relation, #""documentDescribes":["SPDXRef-root"],"#] {
      let facts = try licences(document(two, more: more))
      #expect([facts.components, facts.subjects] == [1, 1])
    }
    #expect(try licences(document(two)).components == 2)
    let both = #""documentDescribes":["SPDXRef-root","SPDXRef-a"],"#
    #expect(try licences(document(two, more: both)).components == 2, "a document cannot describe its packages away")
    let only = package("NOASSERTION", nil, id: "SPDXRef-root")
    #expect(try licences(document(only, more: relation)).components == 1)
    let licensed = package("GPL-3.0-only", nil, id: "SPDXRef-root") + "," + package("MIT", nil)
    #expect(try licences(document(licensed, more: relation)).components == 2)
  }

  @Test func `licences of the list are told by their address`() throws {
    let text = graph("X", nil).replacing("urn:licence:X", with: "https://spdx.org/licenses/MIT")
      .replacing("simplelicensing_LicenseExpression", with: "Other")
    #expect(try licences(text).groups.keys.first == [.id("MIT")])
  }

  @Test(arguments: ["SPDX-1.2", "SPDX-3.0"])
  func `another version is not read`(version: String) {
    #expect(fault(document("", version: version))?.kind == .unrecognised)
    #expect(fault("SPDXVersion: \(version)\nPackageName: a\n")?.kind == .unrecognised)
  }

  @Test func `what is malformed is refused at its place`() {
    #expect(fault(document(#"{"name":"a","licenseDeclared":7}"#))?.line == 1)
    #expect(fault(document("1"))?.why.contains("package that is no object") == true)
    #expect(fault("SPDXVersion: SPDX-2.3\n\nnonsense\n")?.line == 3)
    #expect(fault("SPDXVersion: SPDX-2.3\nPackageComment: <text>open\n")?.why.contains("cut short") == true)
    #expect(fault(graph("MIT", nil).replacing(#"{"type":"CreationInfo","specVersion":"3.0.1"}"#, with: "7"))?.line == 1)
  }
}
