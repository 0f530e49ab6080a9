import Age
import Core
import Snapshots
import Testing

/// Which keys of a commit snapshots are encrypted to, at which time.
@Suite struct RecipientFilesTests {
  private let saoPaulo = ZoneRules(offset: -3 * 3600)
  private let paths = [RecipientPath("k/b-{year}-{month}.pub")]
  private let keys = (0..<4).map { _ in AgeIdentity.make().recipientText }

  private func time(_ text: String) throws -> Timestamp { try #require(Timestamp(text)) }

  private func files(_ texts: [String: String], _ paths: [String] = ["k/b-{year}-{month}.pub"]) -> RecipientFiles {
    RecipientFiles(paths.map(RecipientPath.init), texts.mapValues { Array($0.utf8) }, zone: saoPaulo)
  }

  private func problem(_ files: RecipientFiles, at text: String) throws -> Problem? {
    let time = try time(text)
    return #expect(throws: Problem.self) { try files.recipients(at: time) }
  }

  @Test func `are those of the month that local clocks show`() throws {
    let files = files(["k/b-2026-11.pub": "# Nov\n\(keys[0])\n", "k/b-2026-12.pub": keys[1]])
    for (text, month, key) in [
      ("2026-11-01T03:00:00Z", "2026-11", keys[0]), ("2026-12-01T02:59:59.999Z", "2026-11", keys[0]),
      ("2026-12-01T03:00:00Z", "2026-12", keys[1]), ("2027-01-01T02:59:59Z", "2026-12", keys[1]),
    ] {
      let found = try files.recipients(at: time(text))
      #expect(
        found.map(\.key) == [RecipientKey(recipient: key, file: "k/b-\(month).pub", period: KeyPeriod(month))],
        "\(text)")
      #expect(found.map(\.key.words) == ["\(month) (k/b-\(month).pub)"])
    }
    let early = try problem(files, at: "2026-11-01T02:59:59Z")
    #expect(early?.place == "k/b-2026-10.pub" && early?.code == "policy.recipients")
    let late = try problem(files, at: "2027-01-01T03:00:00Z")
    #expect(
      late?.what.contains("the key of 2027-01 is missing") == true && late?.remedy?.contains("age-keygen -y") == true)
  }

  @Test func `of two paths are both, and doubles of keys without an end are taken once`() throws {
    let both = files(
      ["a-2026.pub": keys[0], "e.pub": "\(keys[1])\n\(keys[2])", "f.pub": keys[1]], ["a-{year}.pub", "e.pub", "f.pub"])
    let found = try both.recipients(at: time("2026-06-01T00:00:00Z")).map(\.key)
    #expect(
      found.map(\.recipient) == [keys[0], keys[1], keys[2]] && found.map(\.file) == ["a-2026.pub", "e.pub", "e.pub"])
    #expect(found.fate == "for the key of 2026 (a-2026.pub); also for e.pub, e.pub, which no period ends")
    #expect(
      Array(found.prefix(1)).fate == "erased with the key of 2026 (a-2026.pub)" && Array(found.suffix(2)).fate == nil)
  }

  @Test func `that stand elsewhere, too, are refused by name, but for what comes later`() throws {
    let now = "2026-11-15T12:00:00Z"
    let earlier = files(["k/b-2026-11.pub": keys[0], "k/b-2025-03.pub": keys[0]])
    #expect(try problem(earlier, at: now)?.what.contains("k/b-2025-03.pub has the same") == true)
    let fixed = files(["k/b-2026-11.pub": keys[0], "e.pub": keys[0]], ["k/b-{year}-{month}.pub", "e.pub"])
    #expect(try problem(fixed, at: now)?.what.contains("e.pub has the same") == true)
    let two = files(
      ["k/b-2026-11.pub": keys[0], "k/e-2026-11.pub": keys[0]], ["k/b-{year}-{month}.pub", "k/e-{year}-{month}.pub"])
    #expect(try problem(two, at: now)?.place == "k/b-2026-11.pub")
    let later = files(["k/b-2026-11.pub": keys[0], "k/b-2026-12.pub": keys[0]])
    #expect(try later.recipients(at: time(now)).count == 1)
    #expect(later.warnings(at: try time(now)) == [], "it is not near")
    let warning = later.warnings(at: try time("2026-11-25T12:00:00Z")).first
    #expect(
      warning?.what
        == "the key of 2026-12 cannot be used: the key of 2026-12 is not its own: k/b-2026-11.pub has the same")
  }

  @Test func `of the next period are asked for a week before it begins`() throws {
    let files = files(["k/b-2026-11.pub": keys[0]])
    #expect(files.warnings(at: try time("2026-11-24T02:59:59Z")) == [])
    for (now, left) in [("2026-11-24T03:00:00Z", "7 days"), ("2026-11-30T12:00:00Z", "15 h")] {
      let warning = files.warnings(at: try time(now)).first
      #expect(warning?.code == "policy.next-key" && warning?.place == "k/b-2026-12.pub")
      #expect(warning?.why == "from 2026-12-01 on, in \(left), no snapshot will be taken")
    }
    let daily = self.files(["d-2026-11-30": keys[0], "d-2026-12-01": "age1nonsense"], ["d-{year}-{month}-{day}"])
    #expect(daily.warnings(at: try time("2026-11-30T12:00:00Z")).map(\.place) == ["d-2026-12-01"])
    #expect(self.files(["a.pub": keys[0]], ["a.pub"]).warnings(at: try time("2026-11-30T12:00:00Z")) == [])
  }

  @Test func `are shown by an opening only while they are of today, or were within the canary`() throws {
    let files = files(
      ["k/b-2026-11.pub": keys[0], "k/b-2026-12.pub": keys[1], "e.pub": keys[2]], ["k/b-{year}-{month}.pub", "e.pub"])
    func key(_ number: Int, _ month: String?) -> RecipientKey {
      RecipientKey(
        recipient: keys[number], file: month.map { "k/b-\($0).pub" } ?? "e.pub", period: month.flatMap { KeyPeriod($0) }
      )
    }
    let (november, december) = ([key(0, "2026-11"), key(2, nil)], [key(1, "2026-12"), key(2, nil)])
    func shown(_ keys: [RecipientKey], by: Int?, at text: String) throws -> Bool {
      files.isShown(
        by: keys, openedBy: by.map { self.keys[$0] }, within: .seconds(7 * 86_400), now: try time(text))
    }
    #expect(
      try shown(december, by: 1, at: "2026-12-20T00:00:00Z") && shown(december, by: nil, at: "2026-12-20T00:00:00Z"))
    #expect(
      try !shown(december, by: 2, at: "2026-12-20T00:00:00Z"), "the key without an end says nothing of the month's")
    #expect(
      try shown(november, by: 0, at: "2026-12-08T02:59:59Z") && !shown(november, by: 0, at: "2026-12-08T03:00:00Z"))
    #expect(try !shown([key(3, "2026-12")], by: 3, at: "2026-12-20T00:00:00Z"), "another key than the one in use")
    #expect(try !shown([RecipientKey(recipient: keys[1])], by: 1, at: "2026-12-20T00:00:00Z"))
    #expect(
      self.files([:], ["e.pub"]).isShown(
        by: [], openedBy: nil, within: .seconds(1), now: try time("2026-12-20T00:00:00Z")))
  }
}
