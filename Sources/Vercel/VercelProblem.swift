import Core
import HTTP

/// Why an operation at Vercel did not end as asked.
///
/// No text of it holds the token, a variable's value or a response's body; of the body only the vendor's error code is
/// kept, and of a deployment the fields that say why its build failed.
package struct VercelProblem: Error, Hashable, Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    /// No complete answer within the budget.
    case unreachable
    case rateLimited = "rate-limited"
    /// 5xx until the budget was used up.
    case serverError = "server-error"
    /// A 2xx whose body is not what the vendor describes.
    case garbled
    case unauthorized
    case forbidden
    /// Vercel asks for a second factor or a login, which no token answers.
    case challenged
    case paymentRequired = "payment-required"
    case notFound = "not-found"
    case conflict
    case unprocessable
    /// 410: the vendor has withdrawn this version of the call, or the thing itself is gone.
    case retired
    /// Any other 4xx.
    case refused
    /// The files of a deployment are not all there.
    case missingFiles = "missing-files"
    /// Production is what neither this run nor the recorded past made it.
    case foreign
    /// The project cannot take part: paused, being transferred, or without what is needed.
    case unfit
    case buildFailed = "build-failed"
    /// The project's ignored build step said that nothing is to be built.
    case buildSkipped = "build-skipped"
    /// A check of the deployment failed, so that Vercel withholds its hosts.
    case checkFailed = "check-failed"
    /// READY, but its own hosts could not be assigned.
    case aliasFailed = "alias-failed"
    case canceled
    case blocked
    case deleted
    /// A deployment that is not what was asked for, such as one without the target production.
    case mismatch
    case deadline
    /// Asked for and accepted, but the world does not show it.
    case unconfirmed
    /// The folder to be deployed.
    case files
    /// The task was cancelled.
    case interrupted
    /// The request could not be made at all; a mistake in the configuration.
    case unusable
  }

  /// Whether the world may have changed although the operation failed.
  package enum Effect: Hashable, Sendable { case none, possible }

  package var kind: Kind
  /// What was attempted, without a full stop.
  package var what: String
  package var place: String?
  package var why: String
  package var remedy: String?
  package var status: Int?
  /// `error.code` of the vendor, when it is a plain name.
  package var vendorCode: String?
  /// `x-vercel-id`, to be quoted to the vendor's support.
  package var requestID: String?
  package var effect: Effect = .none
  /// The deployment in question, such as the one that somebody else made.
  package var deployment: DeploymentID?
  /// SHA-1 of the contents that the vendor does not have; only with ``Kind/missingFiles``.
  package var missing: [String] = []

  package init(_ kind: Kind, _ what: String, place: String? = nil, why: String, remedy: String? = nil) {
    self.kind = kind
    self.what = what
    self.place = place
    self.why = why
    self.remedy = remedy
  }

  /// Whether trying again a little later is worth it.
  package var isTransient: Bool {
    switch kind {
    case .unreachable, .rateLimited, .serverError, .garbled: true
    default: false
    }
  }

  package var problem: Problem {
    var reason = why
    let quoted = [vendorCode.map { "code \($0)" }, requestID.map { "x-vercel-id \($0)" }].compactMap(\.self)
    if !quoted.isEmpty { reason += " (" + quoted.joined(separator: ", ") + ")" }
    return Problem("vercel." + kind.rawValue, what, place: place, why: reason, remedy: remedy)
  }
}

extension VercelProblem {
  func possibly() -> VercelProblem {
    var copy = self
    copy.effect = .possible
    return copy
  }

  func with(deployment: DeploymentID) -> VercelProblem {
    var copy = self
    copy.deployment = deployment
    return copy
  }

  /// The task was cancelled while `what` was under way.
  static func interrupted(_ what: String) -> VercelProblem {
    VercelProblem(.interrupted, what, why: "interrupted").possibly()
  }
}

extension String {
  /// Text of the vendor made fit for one line of ours: nothing that acts on a terminal or hides what stands beside it, at
  /// most `limit` characters.
  func oneLine(limit: Int = 200) -> String {
    var out = ""
    var count = 0
    var blank = false
    for scalar in unicodeScalars {
      var isPlain = scalar.value >= 0x20
      if scalar.value >= 0x7f || !isPlain {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
          isPlain = false
        default: isPlain = true
        }
      }
      if !isPlain || scalar == " " {
        blank = !out.isEmpty
        continue
      }
      if blank {
        out += " "
        count += 1
      }
      blank = false
      out.unicodeScalars.append(scalar)
      count += 1
      if count >= limit { return out + "…" }
    }
    return out
  }
}
