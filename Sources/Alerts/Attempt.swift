import Core
import HTTP

/// What one attempt on one channel came to.
enum Attempt: Sendable {
  case delivered
  /// May be better later; not before that time when the receiver said one.
  case again(why: String, after: Duration?)
  case refused(why: String)

  /// What a receiver of webhooks said. 2xx is the only yes; a redirect is not followed and so is a no.
  init(_ response: HTTPResponse) {
    switch response.status {
    case 200...299: self = .delivered
    case 408, 425, 429, 500...599:
      let pause = response.header("retry-after").flatMap { Int64($0) }.map { Duration.seconds(min(max($0, 0), 3600)) }
      self = .again(why: "the receiver answered \(response.status)", after: pause)
    default: self = .refused(why: "the receiver answered \(response.status)")
    }
  }

  init(_ failure: HTTPFailure) {
    switch failure {
    case .unresolvable: self = .again(why: "its host cannot be resolved", after: nil)
    case .refused: self = .again(why: "nobody listens there", after: nil)
    case .connectTimeout: self = .again(why: "no connection in time", after: nil)
    case .timeout: self = .again(why: "no answer in time", after: nil)
    case .reset, .truncated: self = .again(why: "the connection broke off", after: nil)
    case .proxy(let text): self = .again(why: "the proxy failed: \(text)", after: nil)
    case .local(let text): self = .again(why: text, after: nil)
    // Whatever the receiver said, it is much longer than a yes; its status was not told.
    case .tooLarge: self = .again(why: "the answer is too long", after: nil)
    case .tlsVerification(let text): self = .refused(why: "its certificate is not good: \(text)")
    case .tlsHandshake(let text): self = .again(why: "no TLS connection: \(text)", after: nil)
    case .cancelled: self = .refused(why: "interrupted")
    case .invalid(let text): self = .refused(why: text)
    case .other(_, let text): self = .again(why: text, after: nil)
    }
  }

  init(_ failure: MailFailure) {
    switch failure {
    case .connection(let failure): self = Attempt(failure)
    case .unencrypted: self = .refused(why: "the mail server offers no encryption")
    case .notAllowed: self = .refused(why: "the mail server does not accept the login")
    case .rejected(let reply) where reply < 500: self = .again(why: "the mail server answered \(reply)", after: nil)
    case .rejected(let reply): self = .refused(why: "the mail server answered \(reply)")
    }
  }
}
