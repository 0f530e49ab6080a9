import Core
import Testing

@Suite struct LicenceExpressionTests {
  @Test(arguments: [
    ("MIT", "MIT"), ("mit", "MIT"), ("apache-2.0", "Apache-2.0"), ("GPL-3.0", "GPL-3.0-only"),
    ("GPL-2.0+", "GPL-2.0-or-later"), ("gpl-2.0-only+", "gpl-2.0-only+"), ("Apache-1.1+", "Apache-1.1+"),
    ("GPL-2.0 WITH Classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"),
    ("GPL-2.0-with-classpath-exception", "GPL-2.0-only WITH Classpath-exception-2.0"),
    ("LicenseRef-Own", "LicenseRef-Own"), ("DocumentRef-a:LicenseRef-b", "DocumentRef-a:LicenseRef-b"),
    ("(MIT)", "MIT"), ("((MIT))", "MIT"), ("Unheard-1.0", "Unheard-1.0"),
  ])
  func `one licence is read as SPDX lists it now`(text: String, expected: String) throws {
    guard case .licence(let licence) = try #require(LicenceExpression(text)) else {
      Issue.record("\(text) is more than one licence")
      return
    }
    #expect(licence.text.lowercased() == expected.lowercased())
    if !expected.hasPrefix("gpl-2.0-only+") { #expect(licence.text == expected) }
  }

  @Test func `AND binds tighter than OR, and parentheses tighter than both`() {
    func licence(_ id: String) -> LicenceExpression { .licence(.init(id)) }
    #expect(
      LicenceExpression("MIT OR ISC AND Zlib") == .any([licence("MIT"), .all([licence("ISC"), licence("Zlib")])]))
    #expect(
      LicenceExpression("(MIT OR ISC) and Zlib") == .all([.any([licence("MIT"), licence("ISC")]), licence("Zlib")]))
    #expect(LicenceExpression("MIT OR ISC")?.licences.map(\.id) == ["MIT", "ISC"])
  }

  @Test(arguments: [
    "", " ", "MIT OR", "OR MIT", "MIT ISC", "(MIT", "MIT)", "()", "MIT/ISC", "MIT WITH", "MIT WITH (x)", "MIT, ISC",
    "Apache License 2.0", "MIT WITH a WITH b", "+", "MIT OR OR ISC", "GPL-2.0-with-classpath-exception WITH x",
    String(repeating: "(", count: 5000), String(repeating: "(", count: 40) + "MIT" + String(repeating: ")", count: 40),
  ])
  func `what is no expression is not read`(text: String) {
    #expect(LicenceExpression(text) == nil)
  }

  @Test(arguments: [
    ("Apache License, Version 2.0", "Apache-2.0"), ("The MIT License (MIT)", "MIT"), ("bsd-3-clause", "BSD-3-Clause"),
    ("License :: OSI Approved :: MIT License", "MIT"), ("The  Apache Software License,  Version 2.0", "Apache-2.0"),
    ("License :: OSI Approved :: Apache Software License", nil), ("BSD License", nil), ("GPL", nil),
    ("License :: OSI Approved :: BSD License", nil), ("", nil),
  ])
  func `a name means a licence only where it can mean no other`(name: String, expected: String?) {
    #expect(LicenceNames.expression(named: name)?.licences.map(\.text) == expected.map { [$0] })
  }

  @Test(arguments: [
    ("AGPL-3.0-only", true), ("AGPL-*", true), ("AGPL-3", false), ("Apache2", false), ("LicenseRef-Own", true),
    ("GPL-2.0", true), ("GPL-2.0-only WITH Classpath-exception-2.0", true), ("Some words", true), ("X-*", false),
    ("Apache-1.1+", true), ("*", true),
  ])
  func `a pattern that names nothing is noticed`(text: String, expected: Bool) {
    #expect(LicencePattern(text).namesSomething == expected)
  }
}

@Suite struct LicencesRulesTests {
  private func rules(allow: [String] = [], deny: [String] = [], also: [String] = []) -> LicencesRules {
    var rules = LicencesRules(reports: [])
    rules.allow = allow.map { LicencePattern($0) }
    rules.deny = deny.map { LicencePattern($0) }
    rules.alsoAllow = also
    return rules
  }

  struct Case: Sendable, CustomStringConvertible {
    var text: String
    var allow: [String] = []
    var deny: [String] = []
    var also: [String] = []
    var expected: LicencesRules.Judgement
    var description: String { "\(text) allow \(allow) deny \(deny) also \(also)" }
  }

  @Test(arguments: [
    Case(text: "MIT", allow: ["mit"], expected: .allowed),
    Case(text: "MIT", allow: ["ISC"], expected: .notAllowed("MIT")),
    Case(text: "BSD-3-Clause", allow: ["BSD-*"], expected: .allowed),
    Case(text: "0BSD", allow: ["BSD-*"], expected: .notAllowed("0BSD")),
    Case(text: "MIT OR GPL-3.0-only", allow: ["MIT"], expected: .allowed),
    Case(text: "MIT OR GPL-3.0-only", allow: ["*"], deny: ["GPL-*"], expected: .allowed),
    Case(text: "MIT AND GPL-3.0-only", allow: ["MIT"], expected: .notAllowed("GPL-3.0-only")),
    Case(text: "MIT AND GPL-3.0", deny: ["GPL-3.0"], expected: .denied("GPL-3.0-only")),
    Case(text: "MIT", deny: ["GPL-*"], expected: .allowed),
    Case(text: "LGPL-3.0-only", deny: ["GPL-*"], expected: .allowed),
    Case(text: "LicenseRef-Own", deny: ["GPL-*"], expected: .unknown),
    Case(text: "LicenseRef-Own", allow: ["*"], expected: .unknown),
    Case(text: "LicenseRef-Own", allow: ["MIT"], also: ["licenseref-own"], expected: .allowed),
    Case(text: "LicenseRef-Own", deny: ["LicenseRef-*"], also: ["LicenseRef-Own"], expected: .denied("LicenseRef-Own")),
    Case(text: "MIT OR LicenseRef-Own", allow: ["ISC"], expected: .unknown),
    Case(text: "MIT AND LicenseRef-Own", allow: ["ISC"], expected: .notAllowed("MIT")),
    Case(text: "MIT AND LicenseRef-Own", allow: ["MIT"], expected: .unknown),
    Case(text: "MIT OR LicenseRef-Own", allow: ["MIT"], expected: .allowed),
    Case(
      text: "GPL-2.0-only WITH Classpath-exception-2.0", allow: ["GPL-2.0-only"],
      expected: .notAllowed("GPL-2.0-only WITH Classpath-exception-2.0")),
    Case(
      text: "GPL-2.0 WITH Classpath-exception-2.0", allow: ["GPL-2.0-only WITH Classpath-exception-2.0"],
      expected: .allowed),
    Case(
      text: "GPL-2.0-only", allow: ["GPL-2.0-only WITH Classpath-exception-2.0"],
      expected: .notAllowed("GPL-2.0-only")),
    Case(
      text: "GPL-2.0-only WITH Classpath-exception-2.0", allow: ["GPL-2.0-only WITH Classpath-exception-2.0"],
      deny: ["GPL-*"], expected: .denied("GPL-2.0-only WITH Classpath-exception-2.0")),
    Case(text: "MIT WITH Own-exception", allow: ["*", "* WITH *"], expected: .unknown),
    Case(text: "AGPL-3.0-or-later", deny: ["AGPL-3.0-only"], expected: .denied("AGPL-3.0-or-later")),
    Case(text: "AGPL-3.0-only", deny: ["AGPL-3.0-or-later"], expected: .allowed),
    Case(text: "GPL-2.0-or-later", allow: ["GPL-2.0-only"], expected: .allowed),
    Case(text: "GPL-2.0-or-later", deny: ["GPL-3.0-only"], expected: .allowed),
    Case(text: "Apache-1.1+", allow: ["Apache-1.1"], expected: .allowed),
  ])
  func `an expression is judged by its parts`(example: Case) throws {
    let expression = try #require(LicenceExpression(example.text))
    #expect(rules(allow: example.allow, deny: example.deny, also: example.also).judge(expression) == example.expected)
  }

  @Test func `a name is accepted only as it is written, and denied by a pattern`() {
    #expect(rules(allow: ["*"]).judge(name: "Do what you like") == .unknown)
    #expect(rules(allow: ["MIT"], also: ["Do What You Like"]).judge(name: "do what you like") == .allowed)
    #expect(rules(allow: ["MIT"], also: ["Do*"]).judge(name: "Do what you like") == .unknown)
    #expect(rules(deny: ["Commercial *"]).judge(name: "commercial 2.0") == .denied("commercial 2.0"))
  }

  /// Law L10: a layer below may add `allow` where only `deny` was, and no licence is accepted because of it.
  @Test func `adding allow accepts nothing more`() throws {
    let texts = [
      "MIT", "AGPL-3.0-only", "LicenseRef-Own", "MIT OR LicenseRef-Own", "MIT AND LicenseRef-Own", "Unheard-1.0",
      "MIT WITH Own-exception", "GPL-2.0-only WITH Classpath-exception-2.0", "AGPL-3.0-or-later OR MIT",
    ]
    let above = rules(deny: ["AGPL-*", "GPL-2.0-only"])
    for allow in [["*"], ["* WITH *"], ["LicenseRef-*"], texts] {
      let below = rules(allow: allow, deny: ["AGPL-*", "GPL-2.0-only"])
      for text in texts {
        let expression = try #require(LicenceExpression(text))
        if below.judge(expression) == .allowed { #expect(above.judge(expression) == .allowed, "\(text) \(allow)") }
      }
    }
  }
}
