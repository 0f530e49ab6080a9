import Core
import FoundationEssentials
import JSONText

extension VercelStandin {
  /// A stand-in as a process of its own, until the task is cancelled.
  ///
  /// - Parameters:
  ///   - port: 0 takes a free one.
  ///   - record: The file to which exchanges are appended; `nil` records none.
  ///   - state: The file with what is there at the start, in JSON; `nil` is nothing.
  ///   - ready: Called once, with one JSON object on where the stand-in is; meant to be printed.
  package static func runForever(
    port: UInt16 = 0, record: String? = nil, state: String? = nil, ready: (JSON) -> Void
  ) async throws(Problem) {
    var configuration = StandinConfiguration()
    if let state {
      let bytes: [UInt8]
      do { bytes = [UInt8](try Data(contentsOf: URL(filePath: state))) } catch {
        throw Problem("standin.state", "the state to start with could not be read", place: state, why: "\(error)")
      }
      let json: JSON
      do { json = try JSON(parsing: bytes) } catch {
        throw Problem(
          "standin.state", "the state to start with is no JSON", place: "\(state):\(error.line):\(error.column)",
          why: error.message)
      }
      configuration = try StandinConfiguration(json: json)
    }
    configuration.port = port
    configuration.record = record
    let standin = try await start(configuration)
    ready([
      "apiURL": .string(standin.apiURL), "port": .integer(Int64(standin.port)), "token": .string(standin.token),
      "controlURL": .string(standin.apiURL + "/__standin"),
    ])
    while !Task.isCancelled {
      do { try await Task.sleep(for: .seconds(3600)) } catch { break }
    }
    await standin.stop()
  }
}
