import Core
import JSONText
import Testing

@testable import Evidence

@Suite struct VEXReaderTests {
  @Test func `OpenVEX of all versions is read`() throws {
    let old = try VEXSamples.read(
      #"{"@context":"https://openvex.dev/ns","@id":"a","statements":[{"timestamp":"2026-01-01T00:00:00Z","#
        + #""products":["pkg:oci/clinic@sha256:1"],"subcomponents":["pkg:npm/lodash@4"],"vulnerability":"CVE-2026-1","#
        + #""status":"not_affected","impact_statement":"No."}]}"#)
    #expect(old.version == "0.0.1" && old.format == .openvex)
    let statement = try #require(old.statements.first)
    #expect(statement.products.first?.parts.first?.first?.text == "pkg:npm/lodash@4")
    #expect(statement.mayExcept && statement.justification == nil && statement.hasImpactStatement)
    let new = try VEXSamples.read(
      VEXSamples.openVEX(
        #"{"vulnerability":{"name":"CVE-2026-1","aliases":["GHSA-a"]},"products":[{"@id":"x","identifiers":"#
          + #"{"purl":"pkg:npm/a@1"},"hashes":{"sha-256":"\#(String(repeating: "Ab", count: 32))"},"subcomponents":"#
          + #"[{"@id":"pkg:npm/b@1"}]}],"status":"fixed"}"#))
    #expect(new.version == "0.2.0" && new.author == "Ana" && new.id == "https://clinic.example/vex-1")
    let product = try #require(new.statements.first?.products.first)
    #expect(
      product.identifiers.map(\.text) == ["x", "pkg:npm/a@1", "sha256:" + String(repeating: "ab", count: 32)])
    #expect(product.parts.map { $0.map(\.text) } == [["pkg:npm/b@1"]])
    #expect(new.statements.first?.vulnerabilities == ["CVE-2026-1", "GHSA-a"])
    // Without a time of its own a statement has the document's.
    #expect(new.statements.first?.time == Timestamp("2026-01-02T00:00:00Z"))
  }

  @Test func `only fixed, and not affected with a reason, may let off`() throws {
    func mayExcept(_ rest: String) throws -> Bool {
      let document = try VEXSamples.read(
        VEXSamples.openVEX(#"{"vulnerability":"C","products":["p"],\#(rest)}"#))
      return try #require(document.statements.first).mayExcept
    }
    #expect(try mayExcept(#""status":"fixed""#))
    #expect(try mayExcept(#""status":"not_affected","justification":"component_not_present""#))
    #expect(try mayExcept(#""status":"not_affected","impact_statement":"Never called.""#))
    #expect(try !mayExcept(#""status":"not_affected""#))
    #expect(try !mayExcept(#""status":"not_affected","impact_statement":"  ","justification":"""#))
    #expect(try !mayExcept(#""status":"affected""#))
    #expect(try !mayExcept(#""status":"under_investigation","justification":"component_not_present""#))
  }

  @Test func `CycloneDX is read with its components and links`() throws {
    let components =
      #"[{"bom-ref":"l","name":"lodash","purl":"pkg:npm/lodash@4","components":[{"bom-ref":"in","name":"x"}]}]"#
    let document = try VEXSamples.read(
      VEXSamples.cycloneDX(
        #"{"id":"CVE-2026-1","references":[{"id":"GHSA-a"}],"analysis":{"state":"not_affected","justification":"#
          + #""code_not_reachable"},"affects":[{"ref":"l"},{"ref":"app"},{"ref":"gone"},{"ref":"urn:cdx:A/2#l"}]},"#
          + #"{"id":"CVE-2026-2"},{"id":"CVE-2026-3","analysis":{"state":"resolved"},"affects":[{"ref":"in"}]}"#,
        components: components, product: true))
    // A vulnerability that is only listed is no statement.
    #expect(document.statements.map(\.status) == [.notAffected, .fixed])
    let products = try #require(document.statements.first?.products)
    #expect(products[0].identifiers.map(\.text) == ["pkg:npm/clinic", "app"])
    #expect(products[0].parts.map { $0.map(\.text) } == [["pkg:npm/lodash@4", "l"]] && products[0].doubt == nil)
    #expect(products[1].parts.isEmpty && products[1].doubt == nil)
    #expect(products[2].doubt != nil && products[2].link == nil)
    #expect(products[3].doubt != nil && products[3].link == BOMLink("urn:cdx:a/2#l"))
  }

  @Test func `a link into another bill is followed when the bill is there`() throws {
    let bill = try VEXSamples.read(
      VEXSamples.cycloneDX("", components: #"[{"bom-ref":"pkg:npm/a@1","name":"a","purl":"pkg:npm/a@1"}]"#))
    func product(_ reference: String, _ documents: [VEXDocument]) throws -> VEXProduct {
      let vex = try VEXSamples.read(
        VEXSamples.cycloneDX(
          #"{"id":"C","analysis":{"state":"resolved"},"affects":[{"ref":"urn:cdx:\#(reference)"}]}"#,
          serial: "99999999-2222-3333-4444-555555555555"))
      return try #require(VEXDocument.linked([vex] + documents).first?.statements.first?.products.first)
    }
    let serial = "11111111-2222-3333-4444-555555555555"
    #expect(try product(serial + "/1#pkg%3Anpm%2Fa%401", [bill]).identifiers.first?.text == "pkg:npm/a@1")
    #expect(try product(serial + "/1#pkg%3Anpm%2Fa%401", [bill]).doubt == nil)
    // Two bills of one serial that differ.
    let other = try VEXSamples.read(VEXSamples.cycloneDX("", components: #"[{"bom-ref":"b","name":"b"}]"#))
    #expect(try product(serial + "/1#pkg%3Anpm%2Fa%401", [bill, other]).doubt != nil)
    #expect(try product(serial + "/2#pkg%3Anpm%2Fa%401", [bill]).doubt != nil)
    #expect(try product(serial + "/1#other", [bill]).doubt != nil)
  }

  @Test(arguments: [
    (#"[{"version":"4","status":"unaffected"}]"#, false), ("[]", false),
    (#"[{"version":"4","status":"affected"}]"#, true),
    (#"[{"version":"4"}]"#, true), (#"[{"range":"vers:npm/<5","status":"unaffected"}]"#, true),
    (#"[{"version":"5","status":"unaffected"}]"#, true),
  ])
  func `versions in CycloneDX leave a doubt unless they name the one meant`(versions: String, isDoubtful: Bool) throws {
    let document = try VEXSamples.read(
      VEXSamples.cycloneDX(
        #"{"id":"C","analysis":{"state":"resolved"},"affects":[{"ref":"l","versions":\#(versions)}]}"#,
        components: #"[{"bom-ref":"l","name":"lodash","purl":"pkg:npm/lodash@4"}]"#))
    #expect((document.statements.first?.products.first?.doubt != nil) == isDoubtful)
  }

  @Test func `a relationship may be of a product that a later one makes`() throws {
    let nested =
      #"{"category":"installed_on","product_reference":"APP-P1","relates_to_product_reference":"APP","#
      + #""full_product_name":{"name":"it on the clinic","product_id":"ON"}}"#
    let text = VEXSamples.csaf(#"{"cve":"CVE-2026-1","product_status":{"known_not_affected":["ON"]}}"#)
      .replacing(#""relationships":["#, with: #""relationships":[\#(nested),"#)
    let document = try VEXSamples.read(text)
    #expect(document.statements.map(\.status) == [.notAffected])
    #expect(document.statements.first?.products.first?.doubt != nil)
    let circle = text.replacing(#""product_reference":"P1""#, with: #""product_reference":"ON""#)
    let fault = #expect(throws: EvidenceFault.self) { try VEXSamples.read(circle) }
    #expect(fault?.why.contains("not in its product tree") == true)
  }

  @Test func `CSAF is read with its product tree`() throws {
    let document = try VEXSamples.read(
      VEXSamples.csaf(
        #"{"cve":"CVE-2026-1","ids":[{"system_name":"s","text":"S-1"}],"product_status":{"known_not_affected":["P1","#
          + #""APP-P1","P2"],"fixed":["APP"]},"flags":[{"label":"component_not_present","group_ids":["G"]}],"threats":"#
          + #"[{"category":"impact","details":"No.","product_ids":["P2"]},{"category":"exploit_status","details":"x","#
          + #""product_ids":["P1"]}]}"#))
    #expect(document.author == "Clinic" && document.id == "C-1" && document.statements.count == 4)
    let (p1, part, p2, app) = (
      document.statements[0], document.statements[1], document.statements[2], document.statements[3]
    )
    #expect(p1.vulnerabilities == ["CVE-2026-1", "S-1"] && !p1.mayExcept)
    #expect(part.justification == "component_not_present" && part.mayExcept)
    #expect(part.products.first?.identifiers.first?.text == "pkg:npm/clinic")
    #expect(part.products.first?.parts.first?.first?.text == "pkg:npm/lodash@4.17.20")
    #expect(p2.mayExcept && p2.products.first?.doubt?.contains("range") == true)
    #expect(app.status == .fixed && app.mayExcept)
  }

  @Test(arguments: [
    ("", EvidenceFault.Kind.empty, "is empty"), (" \n", .empty, "blanks"), ("{", .unreadable, "no readable JSON"),
    ("[]", .unrecognised, "no VEX document we know"),
    (#"{"bomFormat":"CycloneDX","@context":"https://openvex.dev/ns","statements":[]}"#, .unrecognised, "several"),
    (VEXSamples.openVEX("", version: "0.3.0"), .unrecognised, "0.3.0"),
    (VEXSamples.openVEX(""), .empty, "no statement"),
    (VEXSamples.openVEX(#"{"products":["p"],"status":"fixed"}"#), .unreadable, "names no vulnerability"),
    (VEXSamples.openVEX(#"{"vulnerability":"C","products":["p"],"status":"fine"}"#), .unreadable, "status"),
    (VEXSamples.openVEX(#"{"vulnerability":"C","products":"p","status":"fixed"}"#), .unreadable, "no list"),
    (VEXSamples.openVEX(#"{"vulnerability":"C","products":[{}],"status":"fixed"}"#), .unreadable, "no name"),
    (VEXSamples.openVEX(#"{"vulnerability":"C","products":[1],"status":"fixed"}"#), .unreadable, "neither"),
    (
      VEXSamples.openVEX(#"{"vulnerability":"C","products":["p"],"status":"fixed","timestamp":"soon"}"#), .unreadable,
      "time"
    ),
    (
      VEXSamples.openVEX(#"{"vulnerability":"C","products":["p"],"status":"not_affected","justification":"trust me"}"#),
      .unreadable, "justification"
    ),
    (#"{"bomFormat":"CycloneDX","specVersion":"1.3","vulnerabilities":[]}"#, .unrecognised, "1.3"),
    (#"{"bomFormat":"CycloneDX","specVersion":"1.5","components":[]}"#, .unfitting, "bill of materials"),
    (VEXSamples.cycloneDX(#"{"id":"C","analysis":{"state":"well"}}"#), .unreadable, "state"),
    (VEXSamples.cycloneDX(#"{"analysis":{"state":"resolved"}}"#), .unreadable, "without an id"),
    (VEXSamples.cycloneDX("", components: #"[{"bom-ref":"a"},{"bom-ref":"a"}]"#), .unreadable, "two components"),
    (VEXSamples.csaf(#"{"cve":"C"}"#, status: "draft"), .unreadable, "draft"),
    (VEXSamples.csaf(#"{"cve":"C"}"#, category: "csaf_security_advisory"), .unfitting, "category"),
    (VEXSamples.csaf(#"{"cve":"C"}"#, version: "2.1"), .unrecognised, "version"),
    (VEXSamples.csaf(""), .empty, "no vulnerability"),
    (
      VEXSamples.csaf(#"{"cve":"C","product_status":{"fixed":["P1"],"known_affected":["P1"]}}"#), .unreadable,
      "contradicts itself"
    ),
    (VEXSamples.csaf(#"{"cve":"C","product_status":{"fixed":["P9"]}}"#), .unreadable, "product tree"),
    (VEXSamples.csaf(#"{"product_status":{"fixed":["P1"]}}"#), .unreadable, "without an id"),
    ("version https://git-lfs.github.com/spec/v1\n", .unrecognised, "Git LFS"),
  ])
  func `a document that cannot be relied on is refused with the reason`(
    text: String, kind: EvidenceFault.Kind, why: String
  ) throws {
    let fault = #expect(throws: EvidenceFault.self) { try VEXSamples.read(text) }
    #expect(fault?.kind == kind && fault?.why.contains(why) == true, "\(fault?.description ?? "")")
    #expect(fault?.path == "a.vex.json")
  }

  @Test func `a document cut short or with a wrong byte is read or refused`() throws {
    let whole = [
      VEXSamples.openVEX(#"{"vulnerability":{"name":"C"},"products":[{"@id":"p"}],"status":"fixed"}"#),
      VEXSamples.cycloneDX(#"{"id":"C","analysis":{"state":"resolved"},"affects":[{"ref":"a"}]}"#),
      VEXSamples.csaf(#"{"cve":"C","product_status":{"fixed":["P1"]}}"#),
    ]
    for text in whole {
      let bytes = Array(text.utf8)
      #expect(throws: Never.self) { try VEXReader.read(bytes, shown: "a") }
      for count in 0..<bytes.count {
        #expect(throws: EvidenceFault.self) { try VEXReader.read(Array(bytes[..<count]), shown: "a") }
      }
      var faults = 0
      for place in bytes.indices {
        var damaged = bytes
        damaged[place] = 0x22
        do { _ = try VEXReader.read(damaged, shown: "a") } catch { faults += 1 }
      }
      #expect(faults > bytes.count / 2)
    }
  }
}

/// The documents of other people give the facts that were worked out for them by other means.
@Suite(.enabled(if: SharedSamples.isHere, "the real reports are not here (set GATEHOUSE_SHARED)"))
struct SharedVEXTests {
  private func each(_ format: String, _ body: (String, VEXDocument, JSON?) throws -> Void) throws -> Int {
    let files = try SharedSamples.files(format)
    for (name, entry) in files {
      try body(name, VEXReader.read(SharedSamples.path(format + "/" + name), shown: name), entry["facts"])
    }
    return files.count
  }

  private func counts(_ words: [String]) -> [String: Int] { words.reduce(into: [:]) { $0[$1, default: 0] += 1 } }

  private func counts(_ json: JSON?) -> [String: Int] {
    (json?.members ?? []).reduce(into: [:]) { $0[$1.key] = Int($1.value.integer ?? 0) }
  }

  @Test func `OpenVEX documents`() throws {
    let count = try each("openvex") { name, document, facts in
      #expect(
        document.format == .openvex && document.statements.count == Int(facts?["statements"]?.integer ?? -1), "\(name)")
      #expect(counts(document.statements.map(\.status.rawValue)) == counts(facts?["by_status"]), "\(name)")
      #expect(
        document.statements.count { $0.products.isEmpty } == Int(facts?["statements_without_products"]?.integer ?? -1))
      #expect(
        document.statements.count { $0.status == .notAffected && !$0.mayExcept }
          == Int(facts?["not_affected_without_justification_or_impact"]?.integer ?? -1))
      let named = Set(document.statements.compactMap(\.vulnerabilities.first)).sorted()
      #expect(named == (facts?["vulnerabilities"]?.array ?? []).compactMap(\.string), "\(name)")
      let pairs = document.statements.flatMap { statement in
        statement.products.flatMap { product in
          product.identifiers.map { "('\(statement.vulnerabilities.first ?? "")', '\($0.text)')" }
        }
      }
      #expect(Set(pairs) == Set((facts?["last_status_in_file_order"]?.members ?? []).map(\.key)), "\(name)")
    }
    #expect(count == 5)
  }

  @Test func `CycloneDX VEX documents`() throws {
    let words: [VEXStatement.Status: String] = [.notAffected: "not_affected", .affected: "exploitable"]
    let count = try each("cyclonedx-vex") { name, document, facts in
      #expect(
        document.version == facts?["specVersion"]?.string
          && document.statements.count == Int(facts?["vulnerabilities"]?.integer ?? -1))
      #expect(counts(document.statements.map { words[$0.status] ?? "" }) == counts(facts?["analysis_state"]), "\(name)")
      #expect(
        counts(document.statements.map { $0.justification ?? "null" }) == counts(facts?["justification"]), "\(name)")
      let references = Set(document.statements.flatMap(\.products).flatMap(\.identifiers).map(\.text))
      #expect(references == Set((facts?["affects_refs"]?.array ?? []).compactMap(\.string)), "\(name)")
      #expect(document.statements.allSatisfy { $0.products.allSatisfy { $0.doubt == nil } }, "\(name)")
    }
    #expect(count == 4)
    // A bill of materials with a word on one of its vulnerabilities, for ranges of versions: it lets nothing off.
    let within = try VEXReader.read(SharedSamples.path("cyclonedx/valid-vulnerability-1.5.json"))
    #expect(within.statements.count == 1 && within.statements[0].vulnerabilities.contains("CVE-2018-7489"))
    #expect(within.statements[0].products.first?.doubt != nil)
  }

  @Test func `CSAF documents`() throws {
    let groups: [VEXStatement.Status: String] = [.notAffected: "known_not_affected", .affected: "known_affected"]
    let count = try each("csaf") { name, document, facts in
      #expect(
        counts(document.statements.map { groups[$0.status] ?? "" }) == counts(facts?["product_status_counts"]),
        "\(name)")
      #expect(counts(document.statements.compactMap(\.justification)) == counts(facts?["flags"]), "\(name)")
      #expect(document.statements.allSatisfy { $0.mayExcept == ($0.status == .notAffected) }, "\(name)")
    }
    #expect(count == 4)
  }

  @Test func `no report of another kind is taken for a VEX document`() throws {
    for format in ["trivy", "grype", "sarif", "spdx", "osv-scanner"] {
      for (name, _) in try SharedSamples.files(format) {
        #expect(throws: EvidenceFault.self, "\(format)/\(name)") {
          try VEXReader.read(SharedSamples.path(format + "/" + name))
        }
      }
    }
  }
}
