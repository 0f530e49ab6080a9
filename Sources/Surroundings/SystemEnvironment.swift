import FoundationEssentials

/// The environment that this process was started with, read once where the program begins and passed on as a value.
package enum SystemEnvironment {
  package static func read() -> [String: String] { ProcessInfo.processInfo.environment }
}
