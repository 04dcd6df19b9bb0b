"""model2vec behind the same web stack (starlette on uvicorn, uvloop, httptools, orjson).

Run by `server.py`: `python peer_server.py MODEL_FOLDER PORT`. As a user would write it: each
request is encoded as it comes.
"""

from __future__ import annotations

import sys

import orjson
import uvicorn
from model2vec import StaticModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

model = StaticModel.from_pretrained(sys.argv[1], normalize=True)


async def embed(request: Request) -> Response:
    inputs = orjson.loads(await request.body())["inputs"]
    vectors = model.encode(inputs if isinstance(inputs, list) else [inputs])
    body = orjson.dumps(vectors, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(body, media_type="application/json")


app = Starlette(routes=[Route("/embed", embed, methods=["POST"])])

if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[2]), log_level="warning", access_log=False, lifespan="off")
