package struct HealthRules: Hashable, Sendable {
  package var every: Duration = .seconds(30)
  /// Share of `every` by which each sample is moved at random, 0 to 0.5.
  package var jitter: Double = 0.1
  /// How long the strict part of the watch lasts.
  package var lasts: Duration = .seconds(30 * 60)
  /// Consecutive unwell samples of one probe.
  package var rollbackAfter = 3
  /// Whether the deployment before the release is asked beside it.
  package var asksControl = true
  package var probes: [ProbeRules] = []
  package init() {}
}

package struct ProbeRules: Hashable, Sendable {
  package enum Severity: String, Sendable, CaseIterable { case critical, warning }

  package var id: String
  package var severity: Severity = .critical
  package var target: Target
  package var expect = Expectation()
  package var timeout: Duration = .seconds(10)

  package enum Target: Hashable, Sendable {
    /// A path of a project: probed on production and on the staged deployment.
    case project(ProjectID, path: String, method: String)
    /// A full address: production's only.
    case url(String, method: String)
    case sql(String)
    /// `host:port`.
    case tls(String)
  }

  package init(id: String, target: Target) {
    self.id = id
    self.target = target
  }
}

/// What a good answer looks like; what is not said is not asked.
package struct Expectation: Hashable, Sendable {
  /// For HTTP: 200 to 299 when the policy says nothing.
  package var status: [Int] = []
  package var latency: Limit?
  package var contentType: String?
  /// Header names (lower case) and the value asked for.
  package var headers: [String: String] = [:]
  /// JSONPath and the values that are good.
  package var json: [JSONExpectation] = []
  package var bodyContains: String?
  /// For SQL: the first column of the first row.
  package var value: Limit?
  /// For TLS.
  package var expiresIn: Limit?
  package init() {}

  package struct JSONExpectation: Hashable, Sendable {
    package var pointer: String
    package var good: [JSON]
    package init(pointer: String, good: [JSON]) {
      self.pointer = pointer
      self.good = good
    }
  }
}

package struct AlertRules: Hashable, Sendable {
  package var channels: [AlertChannel] = []
  package init() {}
}

package struct AlertChannel: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    /// Standard Webhooks; the secret is `whsec_…` or plain text.
    case webhook(url: SecretReference, secret: SecretReference)
    /// `smtps://user:password@host:port?from=…`; the user and password are sent only over TLS.
    case smtp(url: SecretReference, from: String?, to: [String])
  }
  package var id: String
  package var kind: Kind
  package init(id: String, kind: Kind) {
    self.id = id
    self.kind = kind
  }
}
