// A customer on the npm package smpp: bind, submit, receipt, unbind. Arguments: scheme host port system_id password.
// The package says 5.0 unless it is told 3.4.
'use strict'
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
const smpp = require('smpp')
const [scheme, host, port, systemId, password] = process.argv.slice(2)
const session = smpp.connect({ url: `${scheme}://${host}:${port}`, rejectUnauthorized: false }, () => {
  session.bind_transceiver({ system_id: systemId, password, interface_version: 0x34 }, (bound) => {
    if (bound.command_status !== 0) throw new Error(`bind: ${bound.command_status}`)
    session.submit_sm({ source_addr: 'node', destination_addr: '41793026727', short_message: 'hello', registered_delivery: 1 },
      (answer) => { if (answer.command_status !== 0) throw new Error(`submit: ${answer.command_status}`) })
  })
})
session.on('deliver_sm', (pdu) => {
  console.log(pdu.short_message.message)
  session.send(pdu.response())
  session.unbind(() => { session.close(); process.exit(0) })
})
session.on('error', (error) => { console.error(error); process.exit(1) })
setTimeout(() => process.exit(2), 15000)
