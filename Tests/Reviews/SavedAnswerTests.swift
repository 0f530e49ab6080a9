import Core
import FoundationEssentials
import JSONText
import TestSupport
import Testing

@testable import Reviews

@Suite struct `A saved answer` {
  private func fault(_ text: String, from provider: ReviewRules.Provider = .github) -> SavedAnswer.Fault? {
    do throws(SavedAnswer.Fault) {
      _ = try SavedAnswer(Array(text.utf8), from: provider)
      return nil
    } catch { return error }
  }

  @Test func `of GitHub comes to the same facts as asking`() throws {
    let sample = PullRequestSample(head: head)
    guard case .github(let answers) = try SavedAnswer(Array(sample.saved.text().utf8), from: .github) else {
      Issue.record("not GitHub's")
      return
    }
    let facts = try answers.facts(for: CommitID(head), ReviewRules(provider: .github, approvals: 1))
    #expect(facts.reviews.count == 1 && facts.commits == 1)
    #expect(facts.pusher == .accounts([.init(id: 1, login: "ana")]))
  }

  @Test func `of GitLab comes to the same facts as asking`() throws {
    let sample = MergeRequestSample(head: head)
    guard case .gitlab(let answers) = try SavedAnswer(Array(sample.saved.text().utf8), from: .gitlab) else {
      Issue.record("not GitLab's")
      return
    }
    let facts = try answers.facts(for: CommitID(head), ReviewRules(provider: .gitlab, approvals: 1))
    #expect(facts.reviews.map(\.about) == [.head] && facts.pusher == .accounts([.init(id: 1, login: "ana")]))
  }

  @Test func `without pushes leaves open who pushed`() throws {
    let members = PullRequestSample(head: head).saved.members?.filter { $0.key != "activity" } ?? []
    guard case .github(let answers) = try SavedAnswer(Array(JSON.object(members).text().utf8), from: .github) else {
      return
    }
    let facts = try answers.facts(for: CommitID(head), ReviewRules(provider: .github, approvals: 1))
    #expect(facts.pusher == .unknown(why: "the saved answer has no list in 'activity'"))
  }

  @Test(arguments: ["pull", "reviews", "commits", "events"])
  func `without a part of it is none`(name: String) {
    let members = PullRequestSample(head: head).saved.members ?? []
    #expect(fault(JSON.object(members.filter { $0.key != name }).text())?.why.contains("'\(name)'") == true)
    let broken = members.map { $0.key == name ? JSON.Member(name, .string("Not Found")) : $0 }
    #expect(fault(JSON.object(broken).text())?.why.contains("'\(name)'") == true)
  }

  @Test(arguments: [
    ("[]", "a list alone"), ("[{\"state\":\"APPROVED\"}]", "a list alone"), ("3", "no JSON object"),
    ("{\"message\":\"Not Found\",\"status\":\"404\"}", "an error that the provider answered with"),
    ("{\"action\":\"submitted\",\"review\":{},\"pull_request\":{}}", "what a webhook was sent"),
    ("{\"pull\":{}}", "'reviews'"), ("", "no readable JSON"), ("{\"pull\":{},\"reviews\":[1][2]}", "no readable JSON"),
    ("[{}][{}]", "no readable JSON"), ("<html>", "no readable JSON"), ("{\"pull\":{},\"pull\":{}}", "twice"),
  ])
  func `that is something else is named`(text: String, says: String) {
    let found = fault(text)
    #expect(found?.why.contains(says) == true, "\(found?.why ?? "accepted")")
    #expect(found?.remedy.isEmpty == false)
  }

  @Test func `that nests without end is refused`() {
    #expect(fault(String(repeating: "[", count: 100_000)) != nil)
    #expect(fault("{\"pull\":" + String(repeating: "{\"a\":", count: 100_000)) != nil)
  }
}

@Suite struct `The webhook sample of GitHub` {
  private static let path: String? = {
    let shared = ProcessInfo.processInfo.environment["GATEHOUSE_SHARED"] ?? BuiltProgram.root + "/../shared"
    let path = shared + "/evidence/github-reviews/webhook-submitted.json"
    if FileManager.default.fileExists(atPath: path) { return path }
    print("SKIPPED: \(path) is not there; set GATEHOUSE_SHARED")
    return nil
  }()

  @Test(.enabled(if: path != nil, "the shared samples are not there"))
  func `is one review, and not enough`() throws {
    let path = try #require(Self.path)
    let bytes = try #require(FileManager.default.contents(atPath: path))
    do throws(SavedAnswer.Fault) {
      _ = try SavedAnswer(Array(bytes), from: .github)
      Issue.record("accepted")
    } catch { #expect(error.isOtherKind && error.why.contains("webhook")) }
  }

  @Test(.enabled(if: path != nil, "the shared samples are not there"))
  func `holds the facts that were computed from it by others`() throws {
    let path = try #require(Self.path)
    func json(_ path: String) throws -> JSON {
      let bytes = try #require(FileManager.default.contents(atPath: path))
      return try JSON(parsing: Array(bytes))
    }
    let folder = path.split(separator: "/").dropLast().reduce(into: "") { $0 += "/" + $1 }
    let computed = try json(folder + "/EXPECTED.json")
    let expected = try #require(computed["files"]?["webhook-submitted.json"]?["facts"])
    let webhook = try json(path)
    let head = try #require(expected["head"]?.string)
    // The parts that the API would give one by one; the commit and the push are ours.
    let answers = GitHubAnswers(
      pull: webhook["pull_request"] ?? .null, reviews: [webhook["review"] ?? .null],
      commits: [PullRequestSample.commit(head)], events: [], activity: .success([]))
    let facts = try answers.facts(for: CommitID(head), ReviewRules(provider: .github, approvals: 1))
    let review = try #require(facts.reviews.first)
    #expect(expected["state"] == "commented" && review.state == .commented)
    #expect(review.reviewer?.login == expected["reviewer"]?.string)
    #expect((review.about == .head) == expected["on_head"]?.bool)
    let opener = facts.participants.first { $0.part == .opener }
    guard case .account(let author) = opener?.who else {
      Issue.record("no opener")
      return
    }
    #expect(author.login == expected["author"]?.string)
    #expect((author.id == review.reviewer?.id) == expected["reviewer_is_author"]?.bool)
  }
}

@Suite struct `The address of an API` {
  @Test(arguments: [
    ("https://api.github.com", "https://api.github.com"),
    ("https://git.clinic.example/api/v3/", "https://git.clinic.example/api/v3"),
    ("https://git.clinic.example:8443/api/v4", "https://git.clinic.example:8443/api/v4"),
    ("http://127.0.0.1:8080/api", "http://127.0.0.1:8080/api"), ("http://git.clinic.example/api/v4", nil),
    ("api.github.com", nil), ("https://user:pw@git.example/api", nil), ("https://git.example/api?x=1", nil),
    ("https://git.example/../x", nil), ("https://git.example//x", nil), ("https://git.example/a b", nil), ("", nil),
    ("ftp://git.example", nil),
  ])
  func `is one that a token may be sent to`(text: String, base: String?) {
    #expect(APIAddress(text)?.base == base)
  }
}

@Suite struct `A link to the next page` {
  @Test(arguments: [
    ("<https://a/x?page=2>; rel=\"next\", <https://a/x?page=9>; rel=\"last\"", "https://a/x?page=2"),
    ("<https://a/x?page=1>; rel=\"prev\", <https://a/x?a=1,2&page=3>; rel=next", "https://a/x?a=1,2&page=3"),
    ("<https://a/x?page=1>; rel=\"prev\"", nil), ("", nil), ("<<>>; rel=\"next\"", nil), ("garbage", nil),
  ])
  func `is found`(header: String, url: String?) {
    #expect(NextLink.find(header).flatMap { $0.contains("<") ? nil : $0 } == url)
  }
}
