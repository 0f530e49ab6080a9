export default function health(request, response) {
  response.setHeader("cache-control", "no-store");
  response.status(200).json({ status: "ok", releaseId: process.env.VERCEL_GIT_COMMIT_SHA });
}
