import Core
import FoundationEssentials
import JSONText
import TestSupport
import Testing

/// Controls through the program, with signatures that the real `ssh-keygen` makes.
@Suite struct ControlsLineTests {
  private static let pack = """
    apiVersion: gatehouse.controls/v1
    id: house
    title: Rules of the house
    jurisdiction: Recife
    version: "1"
    sources: [{ id: book, title: The book, url: "https://clinic.example/rules", read: "2026-11-01", confirmed: true }]
    controls:
      - { id: built, article: § 1, text: It is built., source: book, cadence: release, satisfied-by: [{ line: build }] }
      - { id: records, article: § 2, text: The record is kept., source: book, cadence: 180d, satisfied-by: [{ attestation: { by: [dpo] } }] }
      - { id: officer, article: § 3, text: Somebody is in charge., source: book, cadence: 1y, satisfied-by: [{ attestation: { by: [dpo] } }] }

    """
  private static let policy = """
    checklist:
      - { id: compliance, check: controls, packs: [rules/house.yml], attestations: ["compliance/*.json"] }
      - { id: build, check: command, run: "test ! -e broken" }

    """
  private static let names = ["records", "officer"]

  /// A repository with two people, a pack and two signed attestations, all of which pass.
  private func workplace(policy: String = policy, more: [String: String] = [:]) async throws -> Workplace {
    let workplace = try await Workplace(policy: policy, files: ["rules/house.yml": Self.pack])
    let made = try await workplace.shell(
      """
      set -e
      for who in ana rui; do ssh-keygen -q -t ed25519 -N '' -C $who -f ../$who; done
      mkdir -p gatehouse docs; echo 'Patients, appointments' > docs/ropa.md
      {
        echo 'apiVersion: gatehouse.people/v1'; echo 'people:'
        echo "  - { id: ana@clinic.example, name: Ana, roles: [dpo], keys: [{ key: $(cat ../ana.pub) }] }"
        echo "  - { id: rui@clinic.example, roles: [security], keys: [{ key: $(cat ../rui.pub) }] }"
      } > gatehouse/people.yml
      """)
    #expect(made.exit == 0, "\(made.talk)")
    for name in Self.names { try workplace.write(try statement(name), to: "compliance/\(name).json") }
    for (name, text) in more { try workplace.write(text, to: name) }
    try await sign(workplace, Self.names)
    try await workplace.git.commit([:], "Sign for the controls")
    return workplace
  }

  /// A statement from yesterday on for 90 days.
  private func statement(_ control: String, by: String = "ana", days: ClosedRange<Int> = -1...90) throws -> String {
    let digest = "f2b2bfd8ef30ba2d76f4f8d2f6ed18cbd0be1e4ed8fc0b0fbb0ed8a7e4c1e0ff"
    func day(_ offset: Int) -> String {
      let seconds = Int64(Date().timeIntervalSince1970) + Int64(offset) * 86_400
      return Timestamp(seconds: seconds).description
    }
    return """
      {
        "schema": "gatehouse.attestation/v1", "pack": "house", "controls": ["\(control)"],
        "statement": "I looked at it.", "by": "\(by)@clinic.example", "made": "\(day(days.lowerBound))",
        "until": "\(day(days.upperBound))", "scope": "clinic",
        "evidence": [{ "name": "Minutes of the board", "sha256": "\(digest)" }]
      }

      """
  }

  private func sign(
    _ workplace: Workplace, _ names: [String], by key: String = "ana", for namespace: String = "gatehouse-attestation"
  ) async throws {
    for name in names {
      let done = try await workplace.shell(
        "rm -f compliance/\(name).json.sig; ssh-keygen -q -Y sign -f ../\(key) -n \(namespace) compliance/\(name).json")
      #expect(done.exit == 0, "\(done.talk)")
    }
  }

  @Test func `controls pass by a line and by signatures, and the verdict names what it stands on`() async throws {
    let workplace = try await workplace()
    let checked = try await workplace.gatehouse("check", "--format", "json")
    let line = try #require(try checked.document().line("compliance"))
    #expect(checked.exit == 0 && line["status"] == "pass", "\(line.told)")
    #expect(line["reason"] == "3 controls of 1 pack: 1 by this checklist, 2 signed by people", "\(line.told)")
    let examined = line["examined"]
    #expect(examined?["controls"]?.integer == 3 && examined?["byMachine"]?.integer == 1)
    #expect(examined?["byPerson"]?.integer == 2 && examined?["unconfirmed"]?.integer == 0)
    let evidence = line["evidence"]?.array ?? []
    #expect(
      evidence.map { $0["path"]?.string } == [
        "rules/house.yml", "gatehouse/people.yml", "compliance/officer.json", "compliance/records.json",
      ])
    #expect(evidence.allSatisfy { $0["sha256"]?.string?.utf8.count == 64 })
  }

  @Test func `taking anything away that shows a control never leaves exit 0`() async throws {
    let workplace = try await workplace()
    #expect(try await workplace.gatehouse("check").exit == 0)
    try await workplace.shell("cp -a compliance ../compliance")
    let files = Self.names.flatMap { ["\($0).json", "\($0).json.sig"] }
    for subset in 1..<16 {
      let gone = files.indices.filter { subset & (1 << $0) != 0 }.map { "compliance/\(files[$0])" }
      let left = try await workplace.shell(
        "rm -rf compliance; cp -a ../compliance .; rm \(gone.joined(separator: " ")); gatehouse check")
      #expect(left.exit == 3, "without \(gone): \(left.output)")
    }
    let restored = try await workplace.shell("rm -rf compliance; cp -a ../compliance .; gatehouse check")
    #expect(restored.exit == 0)
    for path in ["gatehouse/people.yml", "rules/house.yml"] {
      // What is committed counts, whatever lies in the folder.
      #expect(try await workplace.shell("rm \(path); gatehouse check").exit == 0, "\(path)")
      let left = try await workplace.shell("\(Self.asAna); git rm -q \(path); git commit -q -m x; gatehouse check")
      #expect(left.exit == 3 && left.output.contains("\(path) is not in the commit"), "\(left.output)")
      try await workplace.shell("\(Self.asAna); git revert --no-edit HEAD")
    }
    #expect(try await workplace.gatehouse("check").exit == 0)
  }

  private static let asAna = "git config user.name Ana; git config user.email ana@example.org"

  @Test(arguments: [
    ("cut", "head -c 40 compliance/records.json > x; mv x compliance/records.json", "is no JSON"),
    ("changed", "sed -i 's/looked/did look/' compliance/records.json", "is no signature of this file"),
    ("prolonged", "sed -i -E 's/(\"until\": \"2)0/\\11/' compliance/records.json", "is no signature of this file"),
    ("unsigned", "rm compliance/records.json.sig", "is not signed"),
    ("signed by nobody known", "ssh-keygen -q -t ed25519 -N '' -f ../eve; sign eve", "a key of nobody in"),
    ("signed by another", "sign rui", "names another person than the one who signed it"),
    ("signed for another purpose", "sign ana file", "for another purpose"),
    ("another signature", "cp compliance/officer.json.sig compliance/records.json.sig", "is no signature of this file"),
    ("no signature", "echo yes > compliance/records.json.sig", "does not begin as an SSH signature"),
    ("a folder", "rm compliance/records.json.sig; mkdir compliance/records.json.sig", "cannot be read"),
  ])
  func `an attestation that does not count says so and leaves the control open`(
    name: String, done: String, why: String
  ) async throws {
    let workplace = try await workplace()
    let sign =
      "sign() { rm compliance/records.json.sig; ssh-keygen -q -Y sign -f ../$1 -n ${2:-gatehouse-attestation} compliance/records.json; }; "
    #expect(try await workplace.shell(sign + done).exit == 0)
    let checked = try await workplace.gatehouse("check", "--format", "json")
    let line = try #require(try checked.document().line("compliance"))
    #expect(checked.exit == 3 && line["status"] == "inconclusive", "\(line.told)")
    #expect(line.told.contains(why) && line.told.contains("compliance/records.json"), "\(name): \(line.told)")
  }

  @Test(arguments: [
    ("ended", "ana", -50 ... -1, "ended on"), ("of the future", "ana", 1...50, "made in the future"),
    ("too long", "ana", -1...180, "holds longer than the 180 days"), ("of another role", "rui", -1...50, "not by dpo"),
  ])
  func `a signed attestation that does not hold leaves the control open`(
    name: String, who: String, days: ClosedRange<Int>, why: String
  ) async throws {
    let workplace = try await workplace()
    try workplace.write(try statement("records", by: who, days: days), to: "compliance/records.json")
    try await sign(workplace, ["records"], by: who)
    let line = try #require(try await workplace.asked("check").line("compliance"))
    #expect(line["status"] == "inconclusive" && line.told.contains(why), "\(name): \(line.told)")
  }

  @Test func `a key that only the working folder knows opens nothing`() async throws {
    let workplace = try await workplace()
    let done = try await workplace.shell(
      """
      ssh-keygen -q -t ed25519 -N '' -f ../eve
      sed -i "s|ssh-ed25519 .* ana|$(cut -d' ' -f1,2 ../eve.pub) ana|" gatehouse/people.yml
      sed -i 's/dpo/security/' rules/house.yml
      """)
    #expect(done.exit == 0)
    try await sign(workplace, Self.names, by: "eve")
    let checked = try await workplace.gatehouse("check")
    #expect(
      checked.exit == 3 && checked.output.contains("a key of nobody in gatehouse/people.yml"), "\(checked.output)")
  }

  @Test func `a key that a command commits while the gate looks opens nothing`() async throws {
    let workplace = try await workplace(policy: Self.policy.replacing("test ! -e broken", with: "sh ../take"))
    let done = try await workplace.shell(
      """
      \(Self.asAna); ssh-keygen -q -t ed25519 -N '' -f ../eve
      echo "sed -i 's|ssh-ed25519 .* ana|$(cut -d' ' -f1,2 ../eve.pub) ana|' gatehouse/people.yml" > ../take
      echo "git commit -qam 'Take over'" >> ../take
      """)
    #expect(done.exit == 0)
    try await sign(workplace, Self.names, by: "eve")
    let checked = try await workplace.gatehouse("check", "--format", "json")
    let document = try checked.document()
    #expect(document.line("build")?["status"] == "pass", "\(document.line("build")?.told ?? "")")
    let told = document.line("compliance")?.told ?? ""
    #expect(checked.exit == 3 && told.contains("a key of nobody in gatehouse/people.yml"), "\(told)")
    // The next run judges the commit that the command made.
    #expect(try await workplace.shell("git log -1 --format=%s").output == "Take over\n")
  }

  @Test func `a line that failed fails its controls, whoever signed`() async throws {
    let workplace = try await workplace()
    let checked = try await workplace.shell("touch broken; gatehouse check --format json")
    let line = try checked.document().line("compliance")
    #expect(checked.exit == 1 && line?["status"] == "fail")
    #expect(line?.told.contains("house/built (§ 1): the line build failed") == true, "\(line?.told ?? "")")
  }

  @Test func `evidence that a statement names must still be the same in the commit`() async throws {
    let workplace = try await workplace()
    let done = try await workplace.shell(
      """
      sed -i "s/\\"name\\": \\"Minutes of the board\\", \\"sha256\\": \\"[0-9a-f]*\\"/\\"path\\": \\"docs\\/ropa.md\\", \\"sha256\\": \\"$(sha256sum docs/ropa.md | cut -c1-64)\\"/" compliance/records.json
      grep -q ropa compliance/records.json
      """)
    #expect(done.exit == 0, "\(done.talk)")
    try await sign(workplace, ["records"])
    #expect(try await workplace.gatehouse("check").exit == 0)
    try await workplace.git.commit(["docs/ropa.md": "Patients, appointments, images\n"], "Process images")
    let checked = try await workplace.gatehouse("check")
    #expect(checked.exit == 3 && checked.output.contains("a file that was changed since"), "\(checked.output)")
  }

  @Test func `the bundled packs work without this repository, and name what is missing`() async throws {
    let policy = """
      checklist:
        - { id: compliance, check: controls, packs: [lgpd, anvisa, cfm, iso27001] }
        - { id: source, check: source }

      """
    let workplace = try await Workplace(policy: policy)
    let checked = try await workplace.gatehouse("check", "--format", "json")
    let line = try #require(try checked.document().line("compliance"))
    #expect(checked.exit == 3 && line["examined"]?["packs"]?.integer == 4, "\(line.told)")
    let (all, unconfirmed) = (
      line["examined"]?["controls"]?.integer ?? 0, line["examined"]?["unconfirmed"]?.integer ?? 0
    )
    #expect(all > 60 && unconfirmed > 40 && unconfirmed < all)
    #expect(line["examined"]?["missing"]?.integer == all)
    #expect(line["examined"]?["open"]?.array?.count == Int(all))
    #expect(line.told.contains("lgpd/accountability (art. 6, X)"), "\(line.told)")
    #expect((line["details"]?.array?.count ?? 99) < 10)
  }

  @Test func `a committed pack in the place of a bundled one counts and is told`() async throws {
    let own = Self.pack.replacing("id: house", with: "id: cfm")
    let policy = """
      checklist:
        - id: compliance
          check: controls
          packs: [cfm]
          not-applicable: [{ control: cfm/records, reason: No records }, { control: cfm/officer, reason: Nobody }]
        - { id: build, check: command, run: "true" }

      """
    let workplace = try await Workplace(policy: policy, files: ["gatehouse/controls/cfm.yml": own])
    let line = try #require(try await workplace.asked("check").line("compliance"))
    #expect(line["status"] == "pass" && line.told.contains("not applicable: cfm/records: No records"), "\(line.told)")
    #expect(line.told.contains("project's own: gatehouse/controls/cfm.yml"), "\(line.told)")
    // Not committed, it neither counts nor is passed over in silence.
    let left = try await workplace.shell(
      "\(Self.asAna); git rm -q --cached gatehouse/controls/cfm.yml; git commit -q -m x; gatehouse check")
    #expect(left.exit == 3 && left.output.contains("gatehouse/controls/cfm.yml is not in the commit"), "\(left.output)")
  }

  @Test(arguments: [
    ("packs: [lgdp]", "there is no control pack lgdp"),
    ("packs: [rules/none.yml]", "rules/none.yml is not in the commit"),
    ("packs: [cfm, cfm]", "two control packs have the id cfm"), ("packs: [rules/bad.yml]", "rules/bad.yml:1:1"),
  ])
  func `a pack that cannot be used leaves the line open, with the place`(line: String, why: String) async throws {
    let workplace = try await Workplace(
      policy: "checklist: [{ id: compliance, check: controls, \(line) }]\n",
      files: ["rules/bad.yml": "apiVersion: gatehouse.controls/v1\nidd: x\n"])
    let checked = try await workplace.gatehouse("check")
    #expect(checked.exit == 3 && checked.output.contains(why), "\(checked.output)")
  }
}
