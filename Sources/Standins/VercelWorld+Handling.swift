import Core

/// What a request comes to, and what is written down about it.
struct Handled: Sendable {
  var reaction: Reaction
  /// `nil` for pages and for control.
  var record: JSON?
}

extension VercelWorld {
  /// Takes one request of any kind: control, the API by its own address, or a page of a deployment.
  mutating func handle(_ request: APIRequest, at time: Int64) -> Handled {
    if request.path.hasPrefix("/__standin/") {
      settle(at: time)
      return Handled(reaction: Reaction(kind: .answer(control(request))))
    }
    let fault = faults.take(request)
    guard isForAPI(request) else {
      settle(at: time)
      guard let fault else { return Handled(reaction: page(request)) }
      return Handled(reaction: spoil(fault) { $0.page(request) })
    }
    seen.append(SeenRequest(method: request.method, path: request.path, query: request.rawQuery, at: time))
    let place = seen.count - 1
    let reaction =
      if let fault {
        spoil(fault) { Reaction(kind: .answer($0.answer(request, at: time))) }
      } else {
        Reaction(kind: .answer(answer(request, at: time)))
      }
    if case .answer(let answer) = reaction.kind { seen[place].status = answer.status }
    if case .truncated(let answer, _) = reaction.kind { seen[place].status = answer.status }
    return Handled(reaction: reaction, record: ExchangeRecorder.line(request, reaction, fault: fault?.effect.name))
  }

  /// The API answers under loopback addresses, `localhost`, and names that begin with `api.`; a host of the alias table is
  /// a page whatever its name.
  private func isForAPI(_ request: APIRequest) -> Bool {
    let host = withoutPort(request.host)
    if alias(request.host) != nil { return false }
    return host.isEmpty || host == "localhost" || host == "[::1]" || host.hasPrefix("127.") || host == "api.localhost"
      || host == "api.vercel.com"
  }

  private mutating func spoil(_ fault: Fault, _ truth: (inout VercelWorld) -> Reaction) -> Reaction {
    var reaction: Reaction
    switch fault.effect {
    case .delay: reaction = truth(&self)
    case .truncate(let count):
      reaction = truth(&self)
      if case .answer(let answer) = reaction.kind { reaction.kind = .truncated(answer, after: count) }
    case .respond(let answer):
      if fault.acts { _ = truth(&self) }
      reaction = Reaction(kind: .answer(answer))
    case .reset:
      if fault.acts { _ = truth(&self) }
      reaction = Reaction(kind: .reset)
    case .garbage:
      if fault.acts { _ = truth(&self) }
      reaction = Reaction(
        kind: .answer(
          APIAnswer(status: 200, headers: [("Content-Type", "application/json")], body: Array("<html>{\"id\":".utf8))))
    case .stall:
      if fault.acts { _ = truth(&self) }
      reaction = Reaction(kind: .stall)
    }
    reaction.delay += fault.delay
    return reaction
  }
}

extension Fault.Effect {
  var name: String {
    switch self {
    case .respond: "respond"
    case .reset: "reset"
    case .truncate: "truncate"
    case .garbage: "garbage"
    case .stall: "stall"
    case .delay: "delay"
    }
  }
}
