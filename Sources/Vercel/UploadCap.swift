import Core
import HTTP

/// How many files a team may upload in a day, by its plan; whoever goes beyond is locked out for up to a day.
///
/// Seen by users (colophon-group/jobseek#6802, vm0-ai/vm0#3557, vercel/vercel#14472); not published by the vendor.
enum UploadCap {
  /// Smaller uploads are not asked about: the plan is a call more.
  static let worthAsking = 1_000
  private static let smallest = 5_000

  static func perDay(_ plan: String?) -> Int? {
    switch plan {
    case "hobby": smallest
    case "pro", "enterprise": 40_000
    default: nil
    }
  }

  /// What a person should know before so many contents are sent; `nil` when nothing.
  ///
  /// - Throws: When they cannot all be sent in one day.
  static func note(_ count: Int, plan: String?, _ what: String) throws(VercelProblem) -> String? {
    guard let cap = perDay(plan) else {
      return count > smallest / 2
        ? "\(count) uploads of files: no more than \(smallest) a day on a Hobby plan, and which plan it is cannot be read"
        : nil
    }
    guard count <= cap else {
      throw VercelProblem(
        .rateLimited, what,
        why: "\(count) files have to be uploaded, and the plan allows \(cap) uploads a day; nothing was uploaded",
        remedy: "deploy a prebuilt output, leave files out with .vercelignore, or raise the plan")
    }
    return count > cap / 2 ? "\(count) of the \(cap) uploads that the plan allows a day" : nil
  }
}

extension VercelClient {
  /// `hobby`, `pro`, `enterprise`; `nil` when this token cannot read it, as one of a single project cannot.
  func plan() async throws(VercelProblem) -> String? {
    let call = VercelCall("GET", team.map { ["v2", "teams", $0] } ?? ["v2", "user"], "read the plan")
    do throws(VercelProblem) {
      let json = try await with(budget: RetryBudget(attempts: 2)).send(call).json
      return (json["billing"] ?? json["user"]?["billing"])?["plan"]?.string
    } catch {
      guard error.kind != .interrupted else { throw error }
      // Nothing depends on it but a warning.
      return nil
    }
  }
}
