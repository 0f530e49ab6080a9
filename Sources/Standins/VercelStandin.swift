import Core
import FlyingFox
import FlyingSocks
import FoundationEssentials
import Glibc
import Synchronization

/// A running stand-in of Vercel: its API and the deployments made through it, over HTTP on 127.0.0.1.
///
/// What it does as Vercel's description says, and what is assumed, stands in `docs/reference/standin.md`.
package final class VercelStandin: Sendable {
  package let port: UInt16
  private let world: Mutex<VercelWorld>
  private let server: HTTPServer
  private let running: Task<Void, Never>
  private let box: StandinBox

  /// The base URL of the API.
  package var apiURL: String { "http://127.0.0.1:\(port)" }
  /// The first token of the configuration.
  package var token: String { world.withLock { $0.configuration.tokens.first?.text ?? "" } }

  private init(
    port: UInt16, world: VercelWorld, server: HTTPServer, running: Task<Void, Never>, box: StandinBox
  ) {
    self.port = port
    self.world = Mutex(world)
    self.server = server
    self.running = running
    self.box = box
  }

  /// Listens, and returns when requests are answered.
  ///
  /// With `GATEHOUSE_RECORD_EXCHANGES=<folder>` in the environment every exchange is recorded there, whatever the
  /// configuration says.
  package static func start(
    _ configuration: StandinConfiguration = .init(), environment: [String: String]? = nil
  ) async throws(Problem) -> VercelStandin {
    var recorders: [ExchangeRecorder] = []
    if let path = configuration.record { recorders.append(try ExchangeRecorder(path: path)) }
    let folder = environment.map { $0["GATEHOUSE_RECORD_EXCHANGES"] } ?? recordFolder()
    if let folder, !folder.isEmpty {
      recorders.append(try ExchangeRecorder(path: "\(folder)/exchanges-\(getpid()).jsonl"))
    }
    let clock = configuration.clock ?? machineClock
    let box = StandinBox()
    let server: HTTPServer
    do {
      // Nothing may be cut off by the server's own patience: stalling is one of the faults.
      server = HTTPServer(
        address: try .inet(ip4: "127.0.0.1", port: configuration.port), timeout: 86_400, logger: .disabled,
        handler: StandinHandler(box: box, clock: clock, recorders: recorders))
    } catch {
      throw Problem("standin.start", "the stand-in could not be set up", why: "\(error)")
    }
    let running = Task {
      do { try await server.run() } catch { box.ended(why: "\(error)") }
    }
    let listening = Task { try await server.waitUntilListening(timeout: 30) }
    box.endWithServer(listening)
    do { try await listening.value } catch {
      running.cancel()
      throw Problem(
        "standin.start", "the stand-in could not listen", place: "127.0.0.1:\(configuration.port)",
        why: box.reason ?? "\(error)")
    }
    guard case .ip4(_, port: let port) = await server.listeningAddress else {
      running.cancel()
      throw Problem("standin.start", "the stand-in does not know its port")
    }
    guard LoopbackSockets.sendAtOnce(listeningOn: port) else {
      running.cancel()
      throw Problem("standin.start", "the stand-in could not find its own socket", place: "127.0.0.1:\(port)")
    }
    let standin = VercelStandin(
      port: port, world: VercelWorld(configuration, port: port, now: clock()), server: server, running: running,
      box: box)
    box.open(standin)
    return standin
  }

  /// Ends all connections at once. Until then the stand-in lives, whether or not anybody keeps it.
  package func stop() async {
    running.cancel()
    await server.stop(timeout: 0)
    await running.value
    box.close()
  }

  /// Reads or changes what the stand-in knows.
  package func withWorld<Answer, Failure: Error>(
    _ body: (inout VercelWorld) throws(Failure) -> Answer
  ) throws(Failure) -> Answer where Answer: Sendable {
    try world.withLock { (world) throws(Failure) -> Answer in try body(&world) }
  }

  package func fail(_ fault: Fault) { world.withLock { $0.faults.add(fault) } }
  package func serve(_ rule: PageRule) { world.withLock { $0.pages.add(rule) } }
  package func project(_ idOrName: String) -> StandinProject? { world.withLock { $0.project(idOrName) } }
  package func deployment(_ idOrHost: String) -> StandinDeployment? { world.withLock { $0.deployment(idOrHost) } }
  /// The requests of the API so far, in order.
  package var seen: [SeenRequest] { world.withLock { $0.seen } }

  func handle(_ request: APIRequest, at time: Int64) -> Handled { world.withLock { $0.handle(request, at: time) } }

  private static func machineClock() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }

  private static func recordFolder() -> String? {
    getenv("GATEHOUSE_RECORD_EXCHANGES").map { String(cString: $0) }
  }
}

/// Where the handler finds the stand-in, which is made only when its port is known.
final class StandinBox: Sendable {
  private struct Content {
    // A cycle until ``close()``: the stand-in keeps the server, which keeps the handler, which keeps this.
    var standin: VercelStandin?
    var reason: String?
    var listening: Task<Void, any Error>?
  }
  private let content = Mutex(Content())

  var standin: VercelStandin? { content.withLock { $0.standin } }
  var reason: String? { content.withLock { $0.reason } }
  func open(_ standin: VercelStandin) { content.withLock { $0.standin = standin } }
  func close() { content.withLock { $0.standin = nil } }

  /// Gives up waiting for the server as soon as it has ended.
  func endWithServer(_ listening: Task<Void, any Error>) {
    let hasEnded = content.withLock { content in
      content.listening = listening
      return content.reason != nil
    }
    if hasEnded { listening.cancel() }
  }

  func ended(why reason: String) {
    let listening = content.withLock { content in
      content.reason = reason
      return content.listening
    }
    listening?.cancel()
  }
}
