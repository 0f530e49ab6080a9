import Core

/// The date of HTTP headers (RFC 9110, section 5.6.7): `Sat, 21 Nov 2026 04:10:17 GMT`.
enum HTTPDate {
  static func text(milliseconds: Int64) -> String {
    let stamp = Timestamp(milliseconds: milliseconds).description
    let days = milliseconds >= 0 ? milliseconds / 86_400_000 : (milliseconds - 86_399_999) / 86_400_000
    let names = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let day = names[Int(((days % 7) + 7) % 7)]
    let parts = stamp.split { "-T.".contains($0) }
    let month = Int(parts[1]).map { months[($0 - 1) % 12] } ?? "Jan"
    return "\(day), \(parts[2]) \(month) \(parts[0]) \(parts[3]) GMT"
  }
}
