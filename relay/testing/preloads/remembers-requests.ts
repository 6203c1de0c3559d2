/** Makes the relay keep something of every request forever: what a look at its memory must notice. */
import { Server } from "node:http";

const KEPT_NUMBERS = 1000;
const kept: number[][] = [];
const listen = Server.prototype.listen;

Server.prototype.listen = function (this: Server, ...options: unknown[]): Server {
  this.on("request", () => void kept.push(Array.from({ length: KEPT_NUMBERS }, () => Math.random())));
  return Reflect.apply(listen, this, options);
};
