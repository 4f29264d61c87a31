from fastapi import Depends, FastAPI, HTTPException, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session as DbSession

from shop.database import Session
from shop.models import Product

app = FastAPI(title="Shop")


def db():
    with Session() as session:
        yield session


class NewProduct(BaseModel):
    name: str = Field(min_length=1, max_length=200)
    price_cents: int = Field(ge=0)
    stock: int = Field(default=0, ge=0)


class ProductOut(NewProduct):
    model_config = ConfigDict(from_attributes=True)

    id: int
    stock: int | None


@app.get("/health")
def health():
    return {"status": "ok"}


@app.get("/ready")
def ready(response: Response, session: DbSession = Depends(db)):
    try:
        session.execute(text("SELECT 1"))
    except OperationalError:
        response.status_code = 503
        return {"status": "no database"}
    return {"status": "ready"}


@app.post("/products", status_code=201, response_model=ProductOut)
def create_product(new: NewProduct, session: DbSession = Depends(db)):
    product = Product(**new.model_dump())
    session.add(product)
    session.commit()
    return product


@app.get("/products/{product_id}", response_model=ProductOut)
def read_product(product_id: int, session: DbSession = Depends(db)):
    product = session.get(Product, product_id)
    if product is None:
        raise HTTPException(404)
    return product
