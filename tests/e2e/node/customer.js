// A customer with the npm package @infobip-api/sdk: sends, waits in the logs, reads the reports, and prints what it got.
// The package returns errors instead of throwing them, so every answer goes through `facts`.
import sdk from "@infobip-api/sdk";

const [baseUrl, apiKey, ...numbers] = process.argv.slice(2);
const sms = new sdk.Infobip({ baseUrl, apiKey, authType: sdk.AuthType.ApiKey }).channels.sms;

const facts = (answer) => {
  const response = answer.response ?? answer;
  const { method, path } = response.request;
  return { status: response.status, call: `${method} ${path}`, data: response.data };
};

const settled = async (bulkId) => {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const logs = facts(await sms.logs.get({ bulkId, generalStatus: "DELIVERED" }));
    if (logs.data.results?.length === numbers.length || Date.now() > deadline) return logs;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

const sent = facts(
  await sms.send({
    type: "text",
    messages: [
      {
        from: "InfoSMS",
        destinations: numbers.map((to) => ({ to })),
        text: "Hello from Node",
        callbackData: "data",
      },
    ],
  }),
);
const bulkId = sent.data.bulkId;
const ids = sent.data.messages.map((message) => message.messageId);
const logs = await settled(bulkId);

const list = facts(await sms.logs.get({ messageId: ids.join(",") }));
const array = facts(await sms.logs.get({ messageId: ids }));
const one = facts(await sms.reports.get({ messageId: ids[0], limit: 10 }));
const rest = facts(await sms.reports.get({ bulkId: [bulkId] }));
const again = facts(await sms.reports.get({ bulkId }));
const stranger = new sdk.Infobip({ baseUrl, apiKey: "0".repeat(32), authType: sdk.AuthType.ApiKey }).channels.sms;
const refused = facts(await stranger.logs.get({ limit: 1 }));
const basic = new sdk.Infobip({
  baseUrl,
  username: "Aladdin",
  password: "open sesame",
  authType: sdk.AuthType.Basic,
}).channels.sms;
const byPassword = facts(await basic.logs.get({ bulkId }));

console.log(JSON.stringify({ sent, logs, list, array, one, rest, again, refused, byPassword }));
