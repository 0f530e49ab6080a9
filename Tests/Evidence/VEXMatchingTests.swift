import Core
import Testing

@testable import Evidence

@Suite struct VEXMatchingTests {
  private func match(
    _ products: [VEXProduct], _ finding: Finding = VEXSamples.finding(), scanned: [String] = []
  ) -> VEXMatch {
    VEXMatching(products: scanned).match(VEXStatement(["CVE-2026-1"], .fixed, products: products), finding)
  }

  private func product(_ names: String..., parts: [String] = [], doubt: String? = nil) -> VEXProduct {
    VEXProduct(names.map { .init($0) }, parts: parts.map { [.init($0)] }, doubt: doubt)
  }

  @Test func `a statement without a product is about nothing`() {
    #expect(match([]) == .none)
    #expect(match([], scanned: ["pkg:npm/clinic"]) == .none)
  }

  @Test func `the package in which it was found is meant by its package URL`() {
    #expect(match([product("pkg:npm/lodash@4.17.20")]) == .applies(isBroad: false))
    #expect(match([product("pkg:npm/lodash@4.17.21")]) == .none)
    #expect(match([product("pkg:npm/lodash")]) == .applies(isBroad: true))
    #expect(match([product("lodash")]) == .none)
    #expect(match([product("pkg:npm/other@1"), product("pkg:npm/lodash@4.17.20")]) == .applies(isBroad: false))
    // One that names the version is enough, whatever else is broad.
    #expect(match([product("pkg:npm/lodash"), product("pkg:npm/lodash@4.17.20")]) == .applies(isBroad: false))
    // A product by two names that contradict each other is not the package.
    #expect(match([product("pkg:npm/lodash@4.17.20", "pkg:npm/lodash@5")]) == .none)
  }

  @Test func `what the report does not say leaves it unclear`() {
    let nameless = VEXSamples.finding(purl: nil)
    guard case .unclear(_, mayBlock: true) = match([product("pkg:npm/lodash@4.17.20")], nameless) else {
      Issue.record("a name alone is no package")
      return
    }
    #expect(match([product("pkg:npm/lodash@4.17.21")], nameless) == .none)
    #expect(match([product("pkg:npm/underscore@1")], nameless) == .none)
    let versionless = VEXSamples.finding(purl: "pkg:npm/lodash", version: nil)
    #expect(
      match([product("pkg:npm/lodash@4.17.20")], versionless)
        == .unclear("the report does not say which version it found", mayBlock: true))
    #expect(
      match([product("pkg:npm/lodash@4.17.20", doubt: "is about a range")])
        == .unclear("it is about a range", mayBlock: true))
    #expect(match([product("pkg:npm/other@4.17.20", doubt: "is about a range")]) == .none)
  }

  @Test func `a part is meant within its product only`() {
    let part = product("pkg:npm/clinic", parts: ["pkg:npm/lodash@4.17.20"])
    #expect(match([part], scanned: ["pkg:npm/clinic"]) == .applies(isBroad: true))
    #expect(match([part], scanned: ["pkg:npm/clinic@2.0"]) == .applies(isBroad: true))
    #expect(match([part], scanned: ["pkg:npm/other"]) == .none)
    guard case .unclear(_, mayBlock: false) = match([part]) else {
      Issue.record("nobody says that it was scanned")
      return
    }
    let other = product("pkg:npm/clinic", parts: ["pkg:npm/lodash@9"])
    #expect(match([other], scanned: ["pkg:npm/clinic"]) == .none)
    let exact = product("pkg:npm/clinic@2.0", parts: ["pkg:npm/lodash@4.17.20"])
    #expect(match([exact], scanned: ["pkg:npm/clinic@2.0"]) == .applies(isBroad: false))
    #expect(match([exact], scanned: ["pkg:npm/clinic@2.1"]) == .none)
    #expect(
      match([exact], scanned: ["pkg:npm/clinic"])
        == .unclear("the policy's `products` do not say which version", mayBlock: true))
  }

  @Test func `a product is what was scanned by the policy's word or the report's own`() {
    let whole = product("pkg:oci/clinic@sha256%3Aabc")
    #expect(
      match([whole], VEXSamples.finding(target: "registry.example/clinic@sha256:abc")) == .applies(isBroad: false))
    #expect(match([whole], VEXSamples.finding(target: "registry.example/clinic@sha256:abd")) == .none)
    #expect(match([whole], VEXSamples.finding(target: "registry.example/clinic:1")) == .none)
    #expect(match([product("Clinic 4.2")], scanned: ["Clinic 4.2"]) == .applies(isBroad: false))
    #expect(match([product("Clinic 4.2")], scanned: ["Clinic 4.3"]) == .none)
    let digits = String(repeating: "ab", count: 32)
    let digest = VEXProduct([.digest("sha256", digits)])
    #expect(match([digest], VEXSamples.finding(target: "x@sha256:" + digits)) == .applies(isBroad: false))
    #expect(match([digest], scanned: ["sha256:" + digits]) == .applies(isBroad: false))
    // Without a component at all, a word about the whole still counts, and one about a package does not.
    let rule = Finding(rule: "CVE-2026-1", severity: .high)
    #expect(match([product("pkg:npm/lodash")], rule) == .none)
    #expect(match([product("pkg:npm/clinic")], rule, scanned: ["pkg:npm/clinic@1"]) == .applies(isBroad: true))
  }

  @Test(arguments: [
    (["CVE-2026-1"], ["CVE-2026-1"], AdvisoryNames.Meeting.same), (["CVE-2026-1"], ["cve-2026-1"], .same),
    (["CVE-2026-1"], ["CVE-2026-11"], .other), (["GHSA-a", "CVE-2026-1"], ["CVE-2026-1"], .same),
    (["GHSA-a"], ["CVE-2026-1", "GHSA-A"], .same), (["GHSA-a"], ["CVE-2026-1"], .other),
    // One advisory of a distribution, several vulnerabilities.
    (["DSA-1", "CVE-2026-1", "CVE-2026-2"], ["CVE-2026-1", "CVE-2026-2"], .same),
    (["CVE-2026-1", "DSA-1"], ["CVE-2026-2", "DSA-1"], .other),
    (["js/sql"], ["js/sql"], .same), (["js/sql"], ["JS/SQL"], .other), ([], ["CVE-2026-1"], .other), ([], [], .other),
  ])
  func `advisories meet by their names`(finding: [String], named: [String], expected: AdvisoryNames.Meeting) {
    #expect(AdvisoryNames(finding).meets(AdvisoryNames(named)) == expected)
  }

  @Test func `a word about one of several vulnerabilities leaves the finding unclear`() {
    let finding = AdvisoryNames(["DSA-1", "CVE-2026-1", "CVE-2026-2"])
    for named in [["CVE-2026-1"], ["DSA-1"], ["CVE-2026-1", "DSA-1"]] {
      guard case .unclear = finding.meets(AdvisoryNames(named)) else {
        Issue.record("\(named)")
        continue
      }
    }
  }
}
